/**
 * What the emulator is given of a recording: its sent messages, each with the point of the conversation at which it went
 * out, and the user's speech in the place of audio that a recorder cut.
 *
 * Owns when the user speaks: told by voiceActivity, by inputTranscription, or by an answer that nothing else asked for.
 * Sends nothing; drive.ts does.
 */
import { fieldsOf, nameOf, type Call, type Fields, type Shape, type Step } from './read.js';
import type { ProfileName, Session } from './sessions.js';
import { Story } from './story.js';

/** How far a conversation is: what the service has sent of each. */
export interface Progress {
  turnsBegun: number;
  toolCalls: number;
  generationCompletes: number;
  turnCompletes: number;
  interruptions: number;
}

export type Cue =
  | { readonly do: 'send'; readonly message: Fields; readonly after: Progress; readonly line: number }
  /** One utterance, then silence until it is noticed. */
  | { readonly do: 'speak'; readonly after: Progress; readonly line: number }
  | { readonly do: 'goAway'; readonly timeLeftMs: number; readonly after: Progress; readonly line: number };

export interface Part {
  readonly setup: Fields;
  readonly cues: readonly Cue[];
  /** Those that ask for an answer, and whether one came before the next of them. */
  readonly answers: ReadonlyMap<Cue, boolean>;
  /** The function calls of the recording, in their order; with their arguments. */
  readonly calls: readonly (Call & { readonly args: Fields })[];
  readonly end: Progress;
  readonly notes: readonly string[];
}

/** What the service does about a turn of the client. */
export const answers: ReadonlySet<Shape['kind']> = new Set<Shape['kind']>([
  'output',
  'outputTranscription',
  'thought',
  'code',
  'toolCall',
  'generationComplete',
  'interrupted',
  'turnComplete',
]);

/** A message after which the model answers. */
export function asksForAnswer(shape: Shape): boolean {
  return shape.kind === 'typed' || shape.kind === 'activityEnd' || (shape.kind === 'content' && shape.turnComplete);
}

export function noProgress(): Progress {
  return { turnsBegun: 0, toolCalls: 0, generationCompletes: 0, turnCompletes: 0, interruptions: 0 };
}

/** Counts what the service sends. Of the recording and of the emulator in the same way. */
export class Tally {
  readonly progress: Progress = noProgress();
  readonly story: Story;

  constructor(session: Session) {
    this.story = new Story(session);
  }

  /** Whether this shape began a turn. */
  tell(dir: Step['dir'], shape: Shape): boolean {
    const before = this.story.phase;
    this.story.tell(dir, shape);
    if (dir === 'sent') return false;
    const begins = (before === 'between' || before === 'unknown') && this.story.phase === 'answering';
    if (begins) this.progress.turnsBegun += 1;
    if (shape.kind === 'toolCall') this.progress.toolCalls += shape.calls.length;
    if (shape.kind === 'generationComplete') this.progress.generationCompletes += 1;
    if (shape.kind === 'turnComplete') this.progress.turnCompletes += 1;
    if (shape.kind === 'interrupted') this.progress.interruptions += 1;
    return begins;
  }
}

const usualModel: Readonly<Record<ProfileName, string>> = {
  '2.5-native': 'models/gemini-2.5-flash-native-audio-preview-12-2025',
  '2.5-flash': 'models/gemini-live-2.5-flash-preview',
  '3.1': 'models/gemini-3.1-flash-live-preview',
  '3.8': 'models/gemini-3.8-live',
  'vertex-2.5': 'publishers/google/models/gemini-live-2.5-flash',
};

/** A setup under which the service could have sent what it sent. */
function inferredSetup(session: Session): Fields {
  const shapes = session.steps.flatMap((step) => step.shapes);
  const any = (kind: Shape['kind']): boolean => shapes.some((shape) => shape.kind === kind);
  const names = new Set(
    shapes.flatMap((shape) => (shape.kind === 'toolCall' ? shape.calls : [])).map(({ name }) => name),
  );
  const isText =
    shapes.some((shape) => shape.kind === 'output' && shape.media === 'text') && session.profile === '2.5-flash';
  return {
    model: usualModel[session.profile],
    generationConfig: { responseModalities: [isText ? 'TEXT' : 'AUDIO'] },
    ...(any('inputTranscription') && { inputAudioTranscription: {} }),
    ...(any('outputTranscription') && { outputAudioTranscription: {} }),
    ...(any('update') && { sessionResumption: {} }),
    ...(names.size > 0 && { tools: [{ functionDeclarations: [...names].map((name) => ({ name })) }] }),
  };
}

function isManual(setup: Fields): boolean {
  return fieldsOf(fieldsOf(setup['realtimeInputConfig'])['automaticActivityDetection'])['disabled'] === true;
}

export function partOf(session: Session): Part {
  const notes: string[] = [];
  const setup = { ...(session.setup ?? inferredSetup(session)) };
  if (session.setup === null) notes.push(`no setup was sent in it: taken for ${session.profile}, with a usual setup`);
  if (!session.hasSent) notes.push('nothing sent was recorded: the emulator hears somebody speak before each turn');
  if (session.resumed) {
    // The emulator never issued it.
    const { handle: _, ...resumption } = fieldsOf(setup['sessionResumption']);
    setup['sessionResumption'] = resumption;
    notes.push('its handle is of another service: the emulator starts a new session');
  }
  return { setup, ...new CueMaker(session, isManual(setup)).make(), notes };
}

class CueMaker {
  readonly #session: Session;
  readonly #mayHaveSpoken: boolean;
  readonly #tally: Tally;
  readonly #cues: Cue[] = [];
  readonly #answers = new Map<Cue, boolean>();
  #asking: Cue | null = null;
  readonly #calls: (Call & { readonly args: Fields })[] = [];
  /** Since the last turn began: a message that asks for an answer. */
  #askedInWriting = false;
  #responded = false;
  #hasSpoken = false;

  constructor(session: Session, isManual: boolean) {
    this.#session = session;
    this.#tally = new Tally(session);
    this.#mayHaveSpoken = !isManual && (!session.hasSent || session.hasRealtimeMedia);
  }

  make(): Pick<Part, 'cues' | 'answers' | 'calls' | 'end'> {
    for (const step of this.#session.steps) {
      if (step.dir === 'sent') this.#sent(step);
      else for (const shape of step.shapes) this.#received(shape, step);
    }
    return { cues: this.#cues, answers: this.#answers, calls: this.#calls, end: { ...this.#tally.progress } };
  }

  #sent(step: Step): void {
    const [first] = step.shapes;
    if (first === undefined || first.kind === 'setup') return;
    const cue: Cue = { do: 'send', message: step.message, after: { ...this.#tally.progress }, line: step.line };
    this.#cues.push(cue);
    for (const shape of step.shapes) {
      if (asksForAnswer(shape)) this.#askedInWriting = true;
      if (asksForAnswer(shape) || this.#isResult(shape)) this.#asks(cue);
      if (shape.kind === 'toolResponse') this.#responded = true;
      this.#tally.tell('sent', shape);
    }
  }

  #asks(cue: Cue): void {
    this.#asking = cue;
    this.#answers.set(cue, false);
  }

  /** Of a call that is in the recording: the emulator makes the same. */
  #isResult(shape: Shape): boolean {
    return shape.kind === 'toolResponse' && shape.ids.some((id) => this.#calls.some((call) => call.id === id));
  }

  #received(shape: Shape, step: Step): void {
    const after = { ...this.#tally.progress };
    const { phase } = this.#tally.story;
    const begins = this.#tally.tell('received', shape);
    const userIsHeard = shape.kind === 'voiceStart' || (shape.kind === 'inputTranscription' && phase === 'between');
    const barge = shape.kind === 'interrupted';
    const turnWithoutOutput =
      phase === 'between' && (shape.kind === 'generationComplete' || shape.kind === 'turnComplete');
    if ((begins || userIsHeard || barge || turnWithoutOutput) && !this.#askedInWriting && !this.#responded)
      this.#speak(after, step);
    if (answers.has(shape.kind) && this.#asking !== null) this.#answers.set(this.#asking, true);
    if (begins || turnWithoutOutput) {
      this.#askedInWriting = false;
      this.#hasSpoken = false;
    }
    if (shape.kind === 'output' || shape.kind === 'turnComplete') this.#responded = false;
    if (shape.kind === 'toolCall') this.#called(shape.calls, step);
    if (shape.kind === 'goAway' && shape.timeLeftMs !== null)
      this.#cues.push({ do: 'goAway', timeLeftMs: shape.timeLeftMs, after, line: step.line });
  }

  #speak(after: Progress, step: Step): void {
    if (!this.#mayHaveSpoken || this.#hasSpoken) return;
    this.#hasSpoken = true;
    const cue: Cue = { do: 'speak', after, line: step.line };
    this.#cues.push(cue);
    this.#asks(cue);
  }

  #called(calls: readonly Call[], step: Step): void {
    const listed = fieldsOf(step.message['toolCall'])['functionCalls'];
    calls.forEach((call, index) => {
      const args = Array.isArray(listed) ? fieldsOf(fieldsOf((listed as unknown[])[index])['args']) : {};
      this.#calls.push({ ...call, args });
    });
    if (this.#session.hasSent) return;
    // Somebody answered: the recording goes on, or ends here.
    const functionResponses = calls.map(({ id, name }) => ({ id, name, response: { output: 'done' } }));
    const message = { toolResponse: { functionResponses } };
    const cue: Cue = { do: 'send', message, after: { ...this.#tally.progress }, line: step.line };
    this.#cues.push(cue);
    this.#asks(cue);
  }
}

/** Names of the shapes that were received, for comparing a recording with the emulator's run. */
export function receivedNames(session: Session): Set<string> {
  return new Set(session.steps.filter(({ dir }) => dir === 'received').map(({ shapes }) => nameOf(shapes)));
}
