import android.annotation.SuppressLint
import android.media.AudioFormat
import android.media.AudioRecord
import android.media.MediaRecorder
import java.nio.ByteBuffer
import java.nio.ByteOrder
import kotlin.concurrent.thread
import okhttp3.OkHttpClient
import okhttp3.Request
import okhttp3.Response
import okhttp3.WebSocket
import okhttp3.WebSocketListener
import okio.ByteString.Companion.toByteString
import org.json.JSONObject

/** Sends the microphone's audio as float32 at 16 kHz; calls `onText` with each text on OkHttp's thread. */
class SpeechClient(private val url: String, private val onText: (String) -> Unit) {
    @Volatile private var speaking = false

    fun start() {
        speaking = true
        OkHttpClient().newWebSocket(Request.Builder().url(url).build(), object : WebSocketListener() {
            override fun onOpen(webSocket: WebSocket, response: Response) {
                thread { speak(webSocket) }
            }

            override fun onMessage(webSocket: WebSocket, text: String) {
                onText(JSONObject(text).getString("text"))
            }

            /** The server has said everything, or goes down. Unanswered, the connection would stay open. */
            override fun onClosing(webSocket: WebSocket, code: Int, reason: String) {
                speaking = false
                webSocket.close(DONE, null)
            }

            override fun onFailure(webSocket: WebSocket, t: Throwable, response: Response?) {
                speaking = false
            }
        })
    }

    fun stop() {
        speaking = false
    }

    @SuppressLint("MissingPermission") // the app asks for RECORD_AUDIO before it calls start()
    private fun speak(socket: WebSocket) {
        val samples = FloatArray(RATE / 10)
        val bytes = ByteBuffer.allocate(4 * samples.size).order(ByteOrder.LITTLE_ENDIAN)
        val recorder = AudioRecord(
            MediaRecorder.AudioSource.VOICE_RECOGNITION, RATE,
            AudioFormat.CHANNEL_IN_MONO, AudioFormat.ENCODING_PCM_FLOAT, 4 * RATE,
        )
        recorder.startRecording()
        while (speaking) {
            val read = recorder.read(samples, 0, samples.size, AudioRecord.READ_BLOCKING)
            if (read <= 0) break
            bytes.asFloatBuffer().put(samples, 0, read)
            if (!socket.send(bytes.array().toByteString(0, 4 * read))) break // closed
        }
        recorder.release()
        socket.send("""{"type":"end"}""") // the server sends the last words and closes
    }

    private companion object {
        const val RATE = 16_000
        const val DONE = 1000
    }
}
