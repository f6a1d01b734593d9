/**
 * Plays the client of a recording to an emulator of its own, on a clock that stands, and hands back what went both ways.
 *
 * Owns the emulator's run: its options, the PCM that stands for cut audio, and the ids of calls. Each message goes out
 * when the emulator is as far as the service was. Never compares anything.
 */
import { seededRandom } from '../../random.js';
import { createEmulator, type Emulator } from '../emulator.js';
import { isRefusal, type ServerConnection } from '../shell.js';
import type { EmulatedModel } from '../model/models.js';
import { builtInModels } from '../model/models.js';
import type { EmulatorScript } from '../model/script.js';
import { answers, noProgress, Tally, type Cue, type Part, type Progress } from './cues.js';
import { pcm, withPcm } from './pcm.js';
import { fieldsOf, listOf, messageOf, shapesOf, stepsOf, type Fields, type RecordedLine } from './read.js';
import { scriptFor } from './script.js';
import { modelOf, sessionsOf, type ProfileName, type Session } from './sessions.js';
import { SteppedClock } from './steppedClock.js';

export interface Run {
  /** null: it sent nothing. */
  readonly session: Session | null;
  /** The emulator ended the connection: it refused what the service took. */
  readonly closed: { readonly line: number; readonly code: number; readonly reason: string } | null;
  /** Lines of the recording to which the service had an answer, and the emulator none. */
  readonly unanswered: readonly number[];
  readonly notes: readonly string[];
}

const developerPath = '/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent';
const vertexPath = '/ws/google.cloud.aiplatform.v1beta1.LlmBidiService/BidiGenerateContent';

/** How long the emulator may take to get as far as the recording; then the client goes on without. */
const patienceMs = 20_000;
const lastWordsMs = 5_000;
const frameMs = 100;
const utteranceFrames = 12;
/** The longest silence that a setup may ask for is noticed within. */
const silenceFrames = 60;

/** `script`: what the emulator's model does. */
export function drive(recorded: Session, part: Part, script: EmulatorScript = scriptFor(recorded, part)): Run {
  return new Driver(recorded, part, script).run();
}

class Driver {
  readonly #recorded: Session;
  readonly #part: Part;
  readonly #clock = new SteppedClock();
  readonly #emulator: Emulator;
  readonly #lines: RecordedLine[] = [];
  readonly #tally: Tally;
  readonly #notes: string[];
  readonly #calls: { readonly id: string; readonly name: string }[] = [];
  /** Names of the functions whose calls were answered. */
  readonly #answered: string[] = [];
  #connection: ServerConnection | null = null;
  #closed: Run['closed'] = null;
  #cueLine: number;
  #isSetUp = false;
  readonly #givenUp: Progress = noProgress();
  /** The line of the last cue that the service answered, until the emulator does. */
  #owes: number | null = null;
  readonly #unanswered: number[] = [];

  constructor(recorded: Session, part: Part, script: EmulatorScript) {
    this.#recorded = recorded;
    this.#part = part;
    this.#notes = [...part.notes];
    this.#cueLine = recorded.steps[0]?.line ?? 1;
    this.#emulator = createEmulator({
      clock: this.#clock,
      random: seededRandom(1),
      connectionLifetimeMs: 24 * 3_600_000,
      audioSessionMs: 24 * 3_600_000,
      videoSessionMs: 24 * 3_600_000,
      models: modelsFor(recorded, part.setup),
      callsEndTurn: callsEndTurn(recorded),
      script,
    });
    this.#tally = new Tally({ ...recorded, headMissing: false });
  }

  run(): Run {
    const { isVertex } = this.#recorded;
    const answer = this.#emulator.accept(
      {
        path: isVertex ? vertexPath : developerPath,
        query: new URLSearchParams({ key: 'emulator-check' }),
        headers: { authorization: 'Bearer emulator-check' },
      },
      {
        send: (data) => this.#receive(data),
        close: (code, reason) => {
          this.#closed ??= { line: this.#cueLine, code, reason };
        },
        reset: () => {},
      },
    );
    if (isRefusal(answer)) throw new Error(`The emulator refused the upgrade with ${answer.status}.`);
    this.#connection = answer;
    this.#send({ setup: setupFor(this.#part.setup, isVertex) });
    this.#clock.runUntil(() => this.#isSetUp || this.#closed !== null, patienceMs);
    for (const cue of this.#part.cues) {
      if (this.#closed !== null) break;
      this.#play(cue);
    }
    this.#waitFor(this.#part.end, 'the end');
    // A recording that was cut off in the middle of an answer does not cut off the emulator's.
    this.#clock.runUntil(() => this.#closed !== null, lastWordsMs);
    this.#clock.runUntil(() => this.#tally.story.phase === 'between' || this.#closed !== null, patienceMs);
    this.#emulator.stop();
    this.#settle();
    return { session: this.#session(), closed: this.#closed, unanswered: this.#unanswered, notes: this.#notes };
  }

  #session(): Session | null {
    const [session] = sessionsOf(stepsOf(this.#lines));
    return session === undefined ? null : { ...session, profile: this.#recorded.profile };
  }

  #play(cue: Cue): void {
    this.#waitFor(cue.after, `line ${cue.line}`);
    if (this.#closed !== null) return;
    this.#cueLine = cue.line;
    const isAnswered = this.#part.answers.get(cue);
    if (isAnswered !== undefined) {
      this.#settle();
      this.#owes = isAnswered ? cue.line : null;
    }
    switch (cue.do) {
      case 'send':
        return this.#send(this.#made(cue.message));
      case 'speak':
        return this.#speak();
      case 'goAway':
        return this.#emulator.goAway({ timeLeftMs: cue.timeLeftMs, thenClose: false });
      default:
        return cue satisfies never;
    }
  }

  /** After the end of the connection nothing is owed. */
  #settle(): void {
    if (this.#owes !== null && this.#closed === null) this.#unanswered.push(this.#owes);
    this.#owes = null;
  }

  /** A message as it was recorded, with audio in the place of cut audio, and the ids of the emulator's own calls. */
  #made(message: Fields): Fields {
    const { realtimeInput, toolResponse } = message;
    if (realtimeInput !== undefined) {
      const loud = this.#tally.story.phase !== 'unknown' && isManual(this.#part.setup);
      return { realtimeInput: withPcm(fieldsOf(realtimeInput), loud, frameMs) };
    }
    if (toolResponse === undefined) return message;
    const responses = listOf(fieldsOf(toolResponse)['functionResponses']).map(fieldsOf);
    return { toolResponse: { functionResponses: responses.map((response) => this.#matched(response)) } };
  }

  /** The recorded call was the nth of its name; so is the emulator's. Vertex AI has calls without ids: then the oldest. */
  #matched(response: Fields): Fields {
    const hasNoId = typeof response['id'] !== 'string' || response['id'] === '';
    const recorded = this.#part.calls.find(({ id, name }) =>
      hasNoId ? id === '' && name === response['name'] : id === response['id'],
    );
    if (recorded === undefined) return response;
    const sameName = this.#part.calls.filter(({ name }) => name === recorded.name);
    const nth = hasNoId ? this.#answered.filter((name) => name === recorded.name).length : sameName.indexOf(recorded);
    this.#answered.push(recorded.name);
    const call = this.#calls.filter(({ name }) => name === recorded.name)[nth];
    if (call === undefined) {
      this.#notes.push(
        `the emulator did not call ${recorded.name}: the response of line ${this.#cueLine} is to nothing`,
      );
      return response;
    }
    return { ...response, id: call.id };
  }

  #speak(): void {
    const mimeType = 'audio/pcm;rate=16000';
    for (let frame = 0; frame < utteranceFrames; frame += 1) {
      this.#send({ realtimeInput: { audio: { data: pcm(frameMs, true), mimeType } } });
      this.#clock.runUntil(() => false, frameMs);
    }
    // As a microphone: silence goes on until the service shows that it noticed, or begins to answer.
    const before = this.#lines.length;
    let sent = 0;
    const isNoticed = (): boolean =>
      this.#lines.slice(before + sent).some(({ dir }) => dir === 'received') || this.#closed !== null;
    while (sent < silenceFrames && !this.#heard(before)) {
      this.#send({ realtimeInput: { audio: { data: pcm(frameMs, false), mimeType } } });
      sent += 1;
      this.#clock.runUntil(isNoticed, frameMs);
    }
  }

  #heard(from: number): boolean {
    const said = this.#lines.slice(from).filter(({ dir }) => dir === 'received');
    return (
      this.#closed !== null ||
      said.some(({ msg }) => shapesOf('received', msg as Fields).some(({ kind }) => noticing.has(kind)))
    );
  }

  #send(message: Fields): void {
    this.#note('sent', message);
    this.#connection?.receive(JSON.stringify(message));
  }

  #receive(data: string | Uint8Array): void {
    const message = messageOf(typeof data === 'string' ? data : new TextDecoder().decode(data));
    if (message === null) return;
    this.#isSetUp ||= 'setupComplete' in message;
    for (const shape of shapesOf('received', message)) if (shape.kind === 'toolCall') this.#calls.push(...shape.calls);
    this.#note('received', message);
  }

  #note(dir: 'sent' | 'received', message: Fields): void {
    this.#lines.push({ line: this.#lines.length + 1, dir, msg: message });
    for (const shape of shapesOf(dir, message)) {
      this.#tally.tell(dir, shape);
      if (dir === 'received' && answers.has(shape.kind)) this.#owes = null;
    }
  }

  #waitFor(recorded: Progress, place: string): void {
    const keys = Object.keys(recorded) as (keyof Progress)[];
    const isBehind = (key: keyof Progress): boolean => this.#tally.progress[key] + this.#givenUp[key] < recorded[key];
    const isThere = (): boolean => this.#closed !== null || !keys.some(isBehind);
    if (this.#clock.runUntil(isThere, patienceMs)) return;
    const behind = keys.filter(isBehind);
    const count = behind.map((key) => `${key} ${this.#tally.progress[key]} of ${recorded[key]}`).join(', ');
    this.#notes.push(`at ${place} the emulator was behind the recording: ${count}`);
    // Waited for once; what follows does not wait for the same again.
    for (const key of behind) this.#givenUp[key] = recorded[key] - this.#tally.progress[key];
  }
}

/** What tells that the end of an utterance was heard. */
const noticing = new Set(['voiceEnd', 'inputTranscription', 'output', 'thought', 'toolCall', 'nothing']);

function isManual(setup: Fields): boolean {
  return fieldsOf(fieldsOf(setup['realtimeInputConfig'])['automaticActivityDetection'])['disabled'] === true;
}

function setupFor(setup: Fields, isVertex: boolean): Fields {
  const model = modelOf(setup);
  const isComplete = isVertex ? /^(?:projects|publishers)\//.test(model) : model.startsWith('models/');
  if (isComplete) return setup;
  return { ...setup, model: `${isVertex ? 'publishers/google/models/' : 'models/'}${model}` };
}

const emulatedProfile: Readonly<Record<ProfileName, NonNullable<EmulatedModel['profile']>>> = {
  '2.5-native': '2.5',
  '2.5-flash': '2.5-flash-live',
  '3.1': '3.1',
  '3.8': '3.8',
  'vertex-2.5': 'vertex-2.5',
};

/** A model that the emulator does not know by name behaves as the nearest family. */
function modelsFor(recorded: Session, setup: Fields): readonly EmulatedModel[] {
  const model = modelOf(setup);
  const name = model.slice(model.lastIndexOf('/') + 1);
  if (builtInModels.some((known) => known.name === name)) return [];
  return [{ name, modalities: ['TEXT', 'AUDIO'], profile: emulatedProfile[recorded.profile] }];
}

/** Vertex AI was seen to do either (LOG livekit/agents#3192): as in the recording, else as the emulator has it. */
function callsEndTurn({ isVertex, steps }: Session): boolean | null {
  const shapes = steps.filter(({ dir }) => dir === 'received').flatMap((step) => step.shapes);
  const called = shapes.findIndex(({ kind }) => kind === 'toolCall');
  const next = shapes.slice(called + 1).find(({ kind }) => answers.has(kind) && kind !== 'toolCall');
  return isVertex && called >= 0 && (next?.kind === 'output' || next?.kind === 'outputTranscription') ? false : null;
}
