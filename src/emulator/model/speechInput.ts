/**
 * The user's voice: from audio and activity messages to "began to speak" and "has spoken", with the transcription.
 *
 *   quiet ── activityStart, or speech in the audio ──▶ speaking ── activityEnd, audioStreamEnd or silence ──▶ quiet
 *
 * Owns the detector and what the client is told about speech. Never decides what the model does about it. An
 * interruption comes when speech begins and the transcription when it ends, so `interrupted` and `turnComplete` come
 * first (REC barge-in).
 */
import type { Media } from '../protocol/clientMessage.js';
import { durationText } from '../protocol/fields.js';
import { invalidValue } from '../protocol/refusals.js';
import { ActivityDetector, type ActivityLimits } from './activity.js';
import { pieces } from './mind.js';
import type { ConversationParts } from './parts.js';

export interface SpeechListener {
  began(): void;
  /** Words to hear instead of a description of the speech; null: none. */
  wording(): string | null;
  ended(): void;
}

export class SpeechInput {
  readonly #parts: ConversationParts;
  readonly #listener: SpeechListener;
  readonly #detector: ActivityDetector;

  constructor(parts: ConversationParts, listener: SpeechListener) {
    this.#parts = parts;
    this.#listener = listener;
    const { setup, context } = parts;
    this.#detector = new ActivityDetector(() => this.#limits(), setup.automaticActivity && context.state.speaking);
  }

  hearAudio(media: Media): void {
    const { context, setup } = this.#parts;
    if (!setup.automaticActivity) {
      const { speaking } = context.state;
      if (speaking && media.bytes > 0) context.change({ activityMedia: true });
      return this.#take(media, speaking);
    }
    const spokeBefore = this.#detector.speaking;
    const edges = this.#detector.feed(media);
    if (edges === null) return this.#parts.close(invalidValue('realtime_input.audio.data', 'TYPE_BYTES', 'not base64'));
    this.#take(media, spokeBefore || edges.length > 0);
    for (const edge of edges) {
      if (edge.type === 'start') this.#began(edge.offsetMs);
      else this.#ended(edge.offsetMs);
    }
  }

  hearVideo(): void {
    const { context, setup } = this.#parts;
    context.change({ sawVideo: true, activityMedia: true });
    if (context.state.speaking || setup.listening.covers.quietVideo) context.addPending({ frames: 1 });
  }

  activityStart(): void {
    this.#parts.context.change({ speaking: true, activityMedia: false });
    this.#listener.began();
  }

  activityEnd(): void {
    this.#ended(null);
  }

  audioStreamEnd(): void {
    if (this.#detector.flush()) this.#ended(this.#detector.offsetMs);
  }

  /** Tells the client what the user said. */
  transcribe(text: string): void {
    const { setup, profile, send } = this.#parts;
    if (!setup.transcribesInput || text === '') return;
    const parts = profile.inputTranscription === 'whole' ? [text] : pieces(` ${text}`, 1);
    for (const part of parts) send({ serverContent: { inputTranscription: { text: part } } });
  }

  #take(media: Media, speaks: boolean): void {
    const { context, setup } = this.#parts;
    const covered = speaks || setup.listening.covers.quietAudio;
    context.addPending({ audioMs: covered ? media.audioMs : 0, speechMs: speaks ? media.audioMs : 0 });
  }

  #began(offsetMs: number): void {
    this.#parts.context.change({ speaking: true });
    this.#voiceActivity('ACTIVITY_START', offsetMs);
    this.#listener.began();
  }

  #ended(offsetMs: number | null): void {
    const { context } = this.#parts;
    context.change({ speaking: false, activityMedia: false });
    const words = this.#listener.wording();
    const { speechMs } = context.state.pending;
    if (words !== null) {
      context.addPending({ text: words });
      this.transcribe(words);
    } else if (speechMs > 0) {
      // Nobody here understands speech: the transcription tells how long it was.
      this.transcribe(`speech of ${(speechMs / 1_000).toFixed(1)} s`);
    }
    if (offsetMs !== null) this.#voiceActivity('ACTIVITY_END', offsetMs);
    this.#listener.ended();
  }

  #voiceActivity(type: string, offsetMs: number): void {
    const { profile, send } = this.#parts;
    if (profile.voiceActivity === 'none') return;
    const content = profile.voiceActivity === 'besideContent' ? { serverContent: {} } : {};
    send({ ...content, voiceActivity: { type, audioOffset: durationText(offsetMs) } });
  }

  /** LOW takes twice the loudness to begin, and twice the silence to end. */
  #limits(): ActivityLimits {
    const { settings, setup, profile } = this.#parts;
    const { listening } = setup;
    const slow = { start: listening.start ?? profile.sensitivity, end: listening.end ?? profile.sensitivity };
    return {
      threshold: settings.speechThreshold * (slow.start === 'LOW' ? 2 : 1),
      startMs: listening.startMs ?? settings.speechStartMs,
      silenceMs: listening.silenceMs ?? settings.speechEndSilenceMs * (slow.end === 'LOW' ? 2 : 1),
    };
  }
}
