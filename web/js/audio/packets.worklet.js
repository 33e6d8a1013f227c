/**
 * Gathers the browser's 128-sample quanta into packets of 100 ms, int16, mono, on the audio thread.
 *
 * Posts `{audio: Int16Array, peak, rms, clipped}`; `peak` and `rms` in 0 … 1, `clipped`: number of
 * samples at full scale.
 */

const PACKETS_PER_S = 10;
/** Level that counts as full scale: the sound was probably louder, and was clipped. */
const CLIP = 0.999;

class Packets extends AudioWorkletProcessor {
  constructor() {
    super();
    this.size = Math.round(sampleRate / PACKETS_PER_S);
    this.#begin();
    // Send the unfinished packet when recording stops.
    this.port.onmessage = () => {
      this.#post();
      this.port.postMessage({ last: true });
    };
  }

  #begin() {
    this.audio = new Int16Array(this.size);
    this.filled = 0;
    this.peak = 0;
    this.squares = 0;
    this.clipped = 0;
  }

  #post() {
    if (this.filled) {
      const audio = this.audio.slice(0, this.filled);
      const rms = Math.sqrt(this.squares / this.filled);
      this.port.postMessage({ audio, peak: this.peak, rms, clipped: this.clipped }, [audio.buffer]);
    }
    this.#begin();
  }

  process([channels]) {
    if (!channels || !channels.length) return true;
    const share = 1 / channels.length;
    for (let index = 0; index < channels[0].length; index += 1) {
      let sample = 0;
      for (const channel of channels) sample += channel[index];
      sample *= share;
      const size = Math.abs(sample);
      if (size > this.peak) this.peak = size;
      if (size >= CLIP) this.clipped += 1;
      this.squares += sample * sample;
      this.audio[this.filled] = Math.max(-32768, Math.min(32767, Math.round(sample * 32768)));
      this.filled += 1;
      if (this.filled === this.size) this.#post();
    }
    return true;
  }
}

registerProcessor("packets", Packets);
