import AVFoundation
import Foundation

/// Every message of the server has `text`, which is empty if there is nothing to show.
struct Message: Decodable {
    let text: String
}

/// Sends the microphone's audio as float32; calls `onText` with each text on URLSession's queue.
final class SpeechClient {
    private let host: String
    private let onText: (String) -> Void
    private let engine = AVAudioEngine()
    private var socket: URLSessionWebSocketTask?

    init(host: String, onText: @escaping (String) -> Void) {
        self.host = host
        self.onText = onText
    }

    func start() throws {
        try AVAudioSession.sharedInstance().setCategory(.record, mode: .measurement)
        try AVAudioSession.sharedInstance().setActive(true)
        let format = engine.inputNode.outputFormat(forBus: 0)
        guard let url = URL(string: "ws://\(host)/?sample_rate=\(Int(format.sampleRate))") else {
            throw URLError(.badURL)
        }
        let socket = URLSession.shared.webSocketTask(with: url)
        self.socket = socket
        socket.resume()
        receive(from: socket)

        engine.inputNode.installTap(onBus: 0, bufferSize: 4_096, format: format) { buffer, _ in
            guard let samples = buffer.floatChannelData?[0] else { return }
            let data = Data(bytes: samples, count: Int(buffer.frameLength) * MemoryLayout<Float>.size)
            socket.send(.data(data)) { _ in }
        }
        try engine.start()
    }

    /// The server then sends the last words and closes.
    func stop() {
        engine.inputNode.removeTap(onBus: 0)
        engine.stop()
        socket?.send(.string(#"{"type":"end"}"#)) { _ in }
    }

    private func receive(from socket: URLSessionWebSocketTask) {
        socket.receive { [weak self] result in
            guard case .success(let message) = result else {
                DispatchQueue.main.async { self?.stop() } // closed: nobody hears the microphone any more
                return
            }
            if case .string(let json) = message,
               let said = try? JSONDecoder().decode(Message.self, from: Data(json.utf8)) {
                self?.onText(said.text)
            }
            self?.receive(from: socket)
        }
    }
}
