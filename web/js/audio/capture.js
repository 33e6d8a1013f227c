/** Sound from a microphone, a tab or the system, as packets for the server. */

/** Whisper's sample rate in Hz; Chromium and Safari resample to it themselves. */
const WANTED_RATE = 16_000;

/** Reason why there is no sound; `code` is a key of the texts under `problem`. */
export class CaptureError extends Error {
  constructor(code, cause) {
    super(code, { cause });
    this.code = code;
  }
}

/** Error name from `getUserMedia` → code of a sentence that says what to do. */
const CODES = {
  NotAllowedError: "mic_refused",
  SecurityError: "mic_refused",
  NotFoundError: "mic_missing",
  OverconstrainedError: "mic_missing",
  NotReadableError: "mic_busy",
  AbortError: "mic_busy",
};

export class Capture {
  /**
   * @param {MediaStream} media
   * @param {(packet: {audio: Int16Array, peak: number, rms: number, clipped: number}) => void} onPacket
   * @param {() => void} onLost the device was unplugged, or sharing was ended
   */
  static async start(media, onPacket, onLost) {
    const capture = new Capture();
    capture.media = media;
    try {
      await capture.#connect(onPacket);
    } catch (error) {
      capture.close();
      // Only the worklet file comes from the server; everything else is part of the browser.
      throw new CaptureError(error.name === "AbortError" ? "unreachable" : "audio_failed", error);
    }
    for (const track of media.getAudioTracks()) track.onended = onLost;
    return capture;
  }

  async #connect(onPacket) {
    this.context = new AudioContext({ sampleRate: WANTED_RATE, latencyHint: "interactive" });
    let source;
    try {
      source = this.context.createMediaStreamSource(this.media);
    } catch {
      // Firefox before 2025 cannot connect a stream to a context of another rate: use the device's.
      await this.context.close();
      this.context = new AudioContext();
      source = this.context.createMediaStreamSource(this.media);
    }
    this.rate = this.context.sampleRate;
    await this.context.audioWorklet.addModule(new URL("./packets.worklet.js", import.meta.url));
    this.node = new AudioWorkletNode(this.context, "packets", { numberOfOutputs: 0 });
    this.drained = new Promise((resolve) => {
      this.node.port.onmessage = ({ data }) => (data.last ? resolve() : onPacket(data));
    });
    source.connect(this.node);
    await this.context.resume();
  }

  /** Name of the device or of the shared source. */
  get label() {
    return this.media.getAudioTracks()[0]?.label ?? "";
  }

  /** Deliver the last samples, then release everything. */
  async stop() {
    if (this.context.state === "running") {
      this.node.port.postMessage("flush");
      // A context that the browser has suspended does not answer.
      await Promise.race([this.drained, new Promise((resolve) => setTimeout(resolve, 300))]);
    }
    this.close();
  }

  /** Release the device. */
  close() {
    for (const track of this.media.getTracks()) {
      track.onended = null;
      track.stop();
    }
    if (this.context && this.context.state !== "closed") this.context.close();
  }
}

/**
 * Request a microphone. Raises CaptureError.
 * @param {{deviceId?: string, clean?: boolean}} wishes `clean`: let the browser filter noise
 */
export async function microphone({ deviceId = "", clean = false }) {
  if (!window.isSecureContext || !navigator.mediaDevices?.getUserMedia) {
    throw new CaptureError("insecure");
  }
  const audio = {
    // Whisper copes better with noise than with words that filters have damaged.
    echoCancellation: clean,
    noiseSuppression: clean,
    autoGainControl: true,
    ...(deviceId ? { deviceId: { exact: deviceId } } : {}),
  };
  try {
    return await navigator.mediaDevices.getUserMedia({ audio });
  } catch (error) {
    throw new CaptureError(CODES[error.name] ?? "mic_busy", error);
  }
}

/** Whether this browser can capture the sound of a tab or of the system. */
export const canShare = Boolean(navigator.mediaDevices?.getDisplayMedia);

/** Request the sound of a tab or of the system. Raises CaptureError. */
export async function sharedSound() {
  if (!canShare) throw new CaptureError(window.isSecureContext ? "share_missing" : "insecure");
  let media;
  try {
    // Browsers require video; its track is stopped at once.
    media = await navigator.mediaDevices.getDisplayMedia({
      video: true,
      audio: { echoCancellation: false, noiseSuppression: false, autoGainControl: false },
      systemAudio: "include",
    });
  } catch (error) {
    throw new CaptureError("share_refused", error);
  }
  for (const track of media.getVideoTracks()) track.stop();
  if (!media.getAudioTracks().length) {
    throw new CaptureError("share_silent");
  }
  return media;
}

/** The available microphones; without labels until the first permission. */
export async function microphones() {
  if (!navigator.mediaDevices?.enumerateDevices) return [];
  const devices = await navigator.mediaDevices.enumerateDevices();
  return devices.filter((device) => device.kind === "audioinput" && device.deviceId);
}
