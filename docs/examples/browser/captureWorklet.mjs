/**
 * Runs on the audio thread: whatever rate the device has becomes 16 kHz, 16 bit, mono, in chunks of 20 ms.
 *
 * Each output sample is the mean of the input samples it stands for, which is filter enough for speech. (An
 * AudioContext of 16 kHz would do it without this, but not in every browser.)
 */
const outputRate = 16_000;
const chunkSamples = outputRate / 50;

class Capture extends AudioWorkletProcessor {
  #chunk = new Int16Array(chunkSamples);
  #filled = 0;
  #position = 0;
  #sum = 0;
  #count = 0;
  #isOver = false;

  constructor() {
    super();
    // Any message means: the microphone is closed. A processor that returns true is kept for ever.
    this.port.onmessage = () => {
      this.#isOver = true;
    };
  }

  process([[channel = []]]) {
    for (const sample of channel) {
      this.#sum += sample;
      this.#count += 1;
      this.#position += outputRate / sampleRate;
      if (this.#position < 1) continue;
      const mean = this.#sum / this.#count;
      for (; this.#position >= 1; this.#position -= 1) this.#write(mean);
      this.#sum = 0;
      this.#count = 0;
    }
    return !this.#isOver;
  }

  #write(value) {
    this.#chunk[this.#filled] = Math.max(-1, Math.min(1, value)) * 32_767;
    this.#filled += 1;
    if (this.#filled < chunkSamples) return;
    this.port.postMessage(this.#chunk, [this.#chunk.buffer]);
    this.#chunk = new Int16Array(chunkSamples);
    this.#filled = 0;
  }
}

registerProcessor('capture', Capture);
