/**
 * Whole sessions as the service would hold them, drawn at random for each profile, and small changes to them.
 *
 * Owns the making. Written from the specification of the protocol, not from the rules: it is what the rules are tried on.
 */
import fc from 'fast-check';
import type { ProfileName } from '../../../src/emulator/check/sessions.js';
import {
  ask,
  audio,
  audioWithWords,
  call,
  cancel,
  complete,
  empty,
  generated,
  goAway,
  got,
  heard,
  interrupted,
  microphone,
  ready,
  respond,
  setup,
  text,
  thought,
  tools,
  typed,
  update,
  voice,
  words,
  type Said,
} from './support.js';

type Act = 'answer' | 'spoken' | 'tool' | 'tools' | 'cancelled' | 'cutShort' | 'cutWhilePlaying' | 'writesAgain';

interface Scene {
  readonly act: Act;
  readonly pieces: number;
  readonly thinks: boolean;
  readonly updates: boolean;
  readonly realtimeText: boolean;
}

const isThird = (profile: ProfileName): boolean => profile === '3.1' || profile === '3.8';

class Writer {
  readonly said: Said[] = [];
  readonly #profile: ProfileName;
  readonly #isText: boolean;
  #calls = 0;
  #seconds = 1;

  constructor(profile: ProfileName, isText: boolean) {
    this.#profile = profile;
    this.#isText = isText;
  }

  play({ act, pieces, thinks, updates, realtimeText }: Scene): void {
    const third = isThird(this.#profile);
    // 3.x models take clientContent at the start only.
    const isStart = !this.said.some(({ dir, msg }) => dir === 'sent' && !('setup' in msg));
    const first = realtimeText || (third && !isStart) ? typed : ask;
    const question = realtimeText || third ? typed : ask;
    if (updates) this.said.push(third ? update() : empty);
    if (act === 'spoken') this.#speak();
    else this.said.push(first);
    if (third) this.said.push(got({ serverContent: {} }));
    if (thinks && this.#profile === '2.5-native') this.said.push(thought);
    switch (act) {
      case 'answer':
      case 'spoken':
        return this.#answer(pieces);
      case 'tool':
      case 'tools': {
        const ids = this.#newIds(act === 'tool' ? 1 : 2);
        this.said.push(call(...ids));
        if (this.#profile === 'vertex-2.5') this.said.push(complete);
        this.said.push(...ids.map((id) => respond(id)));
        return this.#answer(pieces);
      }
      case 'cancelled': {
        const ids = this.#newIds(2);
        this.said.push(call(...ids), question, cancel(...ids), interrupted, complete);
        return this.#answer(pieces);
      }
      case 'cutShort':
        this.#output(pieces);
        this.said.push(question, interrupted, complete);
        return this.#answer(pieces);
      case 'cutWhilePlaying':
        this.#output(pieces);
        this.said.push(generated, question, interrupted, complete);
        return this.#answer(pieces);
      case 'writesAgain':
        this.#answer(pieces);
        this.said.push(question);
        return this.#answer(pieces);
      default:
        return act satisfies never;
    }
  }

  #newIds(count: number): string[] {
    return Array.from({ length: count }, () => `call-${(this.#calls += 1)}`);
  }

  #speak(): void {
    this.said.push(microphone, microphone);
    if (isThird(this.#profile)) this.said.push(voice('START', `${(this.#seconds += 1)}s`));
    this.said.push(heard);
    if (isThird(this.#profile)) this.said.push(voice('END', `${(this.#seconds += 1)}s`));
  }

  #output(pieces: number): void {
    for (let piece = 0; piece < pieces; piece += 1) {
      if (this.#profile === '3.8') this.said.push(empty);
      if (this.#isText) this.said.push(text);
      else if (isThird(this.#profile)) this.said.push(piece % 2 === 0 ? audioWithWords : audio);
      else this.said.push(words, audio);
    }
  }

  #answer(pieces: number): void {
    this.#output(pieces);
    this.said.push(generated, complete);
  }
}

const scene: fc.Arbitrary<Scene> = fc.record({
  act: fc.constantFrom<Act>(
    'answer',
    'spoken',
    'tool',
    'tools',
    'cancelled',
    'cutShort',
    'cutWhilePlaying',
    'writesAgain',
  ),
  pieces: fc.integer({ min: 1, max: 4 }),
  thinks: fc.boolean(),
  updates: fc.boolean(),
  realtimeText: fc.boolean(),
});

export function conversation(profile: ProfileName): fc.Arbitrary<Said[]> {
  const isText = profile === '2.5-flash';
  return fc
    .record({ scenes: fc.array(scene, { minLength: 1, maxLength: 4 }), leaves: fc.boolean() })
    .map(({ scenes, leaves }) => {
      const writer = new Writer(profile, isText);
      const modalities = { generationConfig: { responseModalities: [isText ? 'TEXT' : 'AUDIO'] } };
      writer.said.push(setup(profile, { ...tools('look_up'), ...modalities }), ready);
      for (const each of scenes) writer.play(each);
      if (leaves) writer.said.push(goAway('50s'), update({}));
      return writer.said.filter(({ msg }) => isThird(profile) || !('sessionResumptionUpdate' in msg));
    });
}

/** What a message stands for in the order; null: it may be anywhere, or be one of many. */
export function meaningOf(message: Said): string | null {
  const { dir, msg } = message;
  const [key = ''] = Object.keys(msg);
  if (key === 'serverContent') {
    const { serverContent } = msg as { serverContent: object };
    const inner = ['generationComplete', 'interrupted', 'turnComplete', 'modelTurn'].find(
      (name) => name in serverContent,
    );
    return inner ?? null;
  }
  if (key === 'voiceActivity') return (msg as { voiceActivity: { type: string } }).voiceActivity.type;
  if (message === typed) return 'clientContent';
  if (dir === 'sent') return key === 'clientContent' || key === 'toolResponse' ? key : null;
  return ['setupComplete', 'toolCall', 'toolCallCancellation'].includes(key) ? key : null;
}

export interface Mutant {
  readonly how: 'delete' | 'double' | 'swap';
  /** `turnComplete`, `toolCall ↔ toolResponse`. */
  readonly what: string;
  readonly said: readonly Said[];
  /** The service may hold this session, too, for all that any source says; null: it has to be refused. */
  readonly alsoRight: string | null;
}

interface Meant {
  readonly index: number;
  readonly meaning: string;
  /** generationComplete came in this turn, before. */
  readonly isGenerated: boolean;
  /** A call of this turn was taken back, before. */
  readonly isCancelled: boolean;
  /** How this turn ends. */
  readonly end: string | undefined;
  readonly isThought: boolean;
  /** A tool round on Vertex AI, of which the call has a turnComplete of its own. */
  readonly endsCall: boolean;
}

function meantIn(said: readonly Said[]): Meant[] {
  const entries = said.flatMap((message, index) => {
    const meaning = meaningOf(message);
    return meaning === null ? [] : [{ index, meaning, message }];
  });
  const inTurn = (place: number): string[] => {
    const before = entries.slice(0, place).map(({ meaning }) => meaning);
    return before.slice(before.lastIndexOf('turnComplete') + 1);
  };
  return entries.map(({ index, meaning, message }, place) => ({
    index,
    meaning,
    isGenerated: inTurn(place).includes('generationComplete'),
    isCancelled: inTurn(place).includes('toolCallCancellation'),
    end: entries.slice(place + 1).find((entry) => ['interrupted', 'turnComplete'].includes(entry.meaning))?.meaning,
    isThought: JSON.stringify(message.msg).includes('"thought"'),
    endsCall: meaning === 'turnComplete' && inTurn(place).includes('toolCall') && !inTurn(place).includes('modelTurn'),
  }));
}

function whyDeletedIsRight({ meaning, isGenerated, isCancelled, end, endsCall }: Meant): string | null {
  if (meaning === 'generationComplete' && end === 'interrupted') return 'an interrupted turn may have none';
  if (meaning === 'interrupted' && isGenerated) return 'the turn ended before it could be interrupted';
  if (meaning === 'interrupted' && isCancelled) return 'no source says that a cancelled call is interrupted, too';
  if (meaning === 'toolCallCancellation') return 'no source says that every call of an interrupted turn is cancelled';
  return endsCall && end !== undefined ? 'on the Developer API call and answer are one turn' : null;
}

function whySwappedIsRight(one: Meant, other: Meant): string | null {
  const crossed = ['setupComplete', 'modelTurn', 'generationComplete', 'turnComplete', 'toolCall'];
  const pair = `${one.meaning} ↔ ${other.meaning}`;
  if (other.meaning === 'clientContent' && crossed.includes(one.meaning)) return 'the two crossed on the wire';
  if (pair === 'turnComplete ↔ ACTIVITY_START') return 'the user may begin to speak while the last words are played';
  if (pair === 'toolCallCancellation ↔ interrupted') return 'no source says which of the two comes first';
  if (pair === 'modelTurn ↔ toolCall' && one.isThought) return 'no source says that thoughts come before the call';
  if (pair === 'toolCall ↔ turnComplete' && other.endsCall) return 'a turn without output, then one that calls';
  return pair === 'turnComplete ↔ toolResponse' && one.endsCall ? 'the response may come first' : null;
}

/** Every mutant with one meaningful message taken out, doubled, or exchanged with the next of another meaning. */
export function mutantsOf(said: readonly Said[]): Mutant[] {
  const meant = meantIn(said);
  const last = meant.at(-1)?.index;
  return meant.flatMap((entry, place) => {
    const { index, meaning } = entry;
    const mutants: Mutant[] = [];
    const isOneOfMany = meaning === 'modelTurn';
    // A recording may end anywhere, and a recorder may leave out a frame of media.
    if (!isOneOfMany && index !== last) {
      const alsoRight = whyDeletedIsRight(entry);
      mutants.push({ how: 'delete', what: meaning, said: said.toSpliced(index, 1), alsoRight });
    }
    if (!isOneOfMany && said[index]?.dir === 'received') {
      const doubled = said.toSpliced(index, 0, said[index]);
      mutants.push({ how: 'double', what: meaning, said: doubled, alsoRight: null });
    }
    const other = meant[place + 1];
    if (other !== undefined && other.meaning !== meaning) {
      const swapped = [...said];
      [swapped[index], swapped[other.index]] = [said[other.index] as Said, said[index] as Said];
      const alsoRight = whySwappedIsRight(entry, other);
      mutants.push({ how: 'swap', what: `${meaning} ↔ ${other.meaning}`, said: swapped, alsoRight });
    }
    return mutants;
  });
}
