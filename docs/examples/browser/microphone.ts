/**
 * The microphone: asks for it, and hands out chunks of 20 ms of 16 kHz, 16-bit PCM.
 *
 * Owns the device and the words for why there is none. Never sends anything.
 */

export interface Microphone {
  /** Gives the device back; the browser's recording light goes out. */
  close(): void;
}

export async function openMicrophone(
  context: AudioContext,
  onChunk: (samples: Int16Array) => void,
  onLost: () => void,
): Promise<Microphone> {
  if (!navigator.mediaDevices) throw new DOMException('Not a secure page.', 'SecurityError');
  // Without echo cancellation the model hears itself through the speaker and is interrupted by it.
  const audio = { channelCount: 1, echoCancellation: true, noiseSuppression: true, autoGainControl: true };
  const stream = await navigator.mediaDevices.getUserMedia({ audio });
  const close = () => {
    for (const track of stream.getTracks()) track.stop();
  };
  try {
    await context.audioWorklet.addModule(new URL('./captureWorklet.mjs', import.meta.url));
  } catch (error) {
    close();
    throw error;
  }
  const source = context.createMediaStreamSource(stream);
  const capture = new AudioWorkletNode(context, 'capture', { numberOfOutputs: 0 });
  capture.port.onmessage = ({ data }: MessageEvent<Int16Array>) => onChunk(data);
  source.connect(capture);
  // Not called by `close`, only when the device is unplugged or the permission is taken back.
  stream.getAudioTracks()[0]?.addEventListener('ended', onLost, { once: true });
  return {
    close() {
      source.disconnect();
      capture.port.onmessage = null;
      capture.port.postMessage('close');
      close();
    },
  };
}

/** What a person can do about it. */
export function explainNoMicrophone(error: unknown): string {
  switch (error instanceof DOMException ? error.name : '') {
    case 'NotAllowedError':
      return 'The browser was not allowed to use a microphone. Type instead, or allow it in the address bar and press “Use microphone”.';
    case 'NotFoundError':
      return 'There is no microphone on this machine. Type instead, or plug one in and press “Use microphone”.';
    case 'NotReadableError':
      return 'Another program is using the microphone. Type instead, or close it and press “Use microphone”.';
    case 'SecurityError':
      return 'Browsers give the microphone only to https pages and to 127.0.0.1. Type instead.';
    default:
      return 'The microphone could not be opened. Type instead, or press “Use microphone” to try again.';
  }
}
