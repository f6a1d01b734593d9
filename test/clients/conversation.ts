/**
 * The steps of a conversation, the same for every client: each sends through an adapter and asserts what came back.
 *
 * Owns what is said and what counts as an answer. The emulator's model repeats what it heard, reports what tools gave
 * and knows what was said first, so every answer proves what reached it.
 */
import type { Ears } from './ears.js';
import { assert, pause, until, type Stage } from './frame.js';
import { utterance } from './speech.js';

/** How an adapter speaks to the model. */
export interface Voice {
  say(text: string): Promise<void> | void;
  /** 16-bit samples at 16 kHz. */
  stream(pcm: Int16Array): Promise<void> | void;
  answerCall?(call: { readonly id?: string; readonly name?: string }, response: object): Promise<void> | void;
  startActivity?(): Promise<void> | void;
  endActivity?(): Promise<void> | void;
}

export const firstWords = 'My name is Ada.';
export const weatherTool = {
  name: 'get_weather',
  description: 'The weather in a city.',
  parameters: { type: 'OBJECT', properties: { city: { type: 'STRING' } }, required: ['city'] },
};
export const weatherQuestion = 'Please get_weather in Oslo';
export const weather = { temperature: 7, sky: 'overcast' };

export interface Conversation {
  readonly stage: Stage;
  readonly ears: Ears;
  readonly voice: Voice;
}

/** Most libraries report the end of a turn; a step that is too early would interrupt the answer. */
async function quiet({ ears }: Conversation): Promise<void> {
  await until('turnComplete', () => ears.turns > 0);
}

async function ask(conversation: Conversation, words: string, answer: RegExp): Promise<void> {
  const { ears, voice } = conversation;
  ears.forget();
  await voice.say(words);
  await until('an answer', () => answer.test(ears.said)).catch(() => {
    throw new Error(`no answer like ${answer}; heard ${JSON.stringify(ears.said.slice(0, 200))}`);
  });
  await quiet(conversation);
}

export async function textTurn(conversation: Conversation, { spoken }: { spoken: boolean }): Promise<void> {
  await conversation.stage.check('a text turn is answered', async () => {
    await ask(conversation, firstWords, /my name is ada/i);
    assert(!spoken || conversation.ears.audio > 0, 'the answer has no audio');
  });
}

async function stream({ voice }: Conversation, chunks: readonly Int16Array[], everyMs = 10): Promise<void> {
  for (const chunk of chunks) {
    await voice.stream(chunk);
    await pause(everyMs);
  }
}

/** `transcribed`: the library reports input transcriptions. */
export async function audioTurn(conversation: Conversation, { transcribed = true } = {}): Promise<void> {
  const { ears } = conversation;
  await conversation.stage.check('speech in, detected by its silence, is answered', async () => {
    ears.forget();
    await stream(conversation, utterance(900));
    await until('an answer to speech', () => /speech of \d/.test(ears.said));
    assert(
      !transcribed || /speech of \d/.test(ears.transcript),
      `input transcription was ${JSON.stringify(ears.transcript)}`,
    );
    assert(ears.audio > 0, 'the answer has no audio');
    await quiet(conversation);
  });
}

export async function manualTurn(conversation: Conversation): Promise<void> {
  const { ears, voice } = conversation;
  await conversation.stage.check('speech in, between activityStart and activityEnd, is answered', async () => {
    ears.forget();
    await voice.startActivity?.();
    await stream(conversation, utterance(0));
    await pause(800);
    assert(ears.said === '', 'answered before activityEnd');
    await voice.endActivity?.();
    await until('an answer to speech', () => /speech of 1\.0 s/.test(ears.said));
    await quiet(conversation);
  });
}

export async function toolTurn(conversation: Conversation): Promise<void> {
  const { ears, voice } = conversation;
  await conversation.stage.check('a tool is called, and its result is in the answer', async () => {
    ears.forget();
    await voice.say(weatherQuestion);
    await until('a toolCall', () => ears.calls.length > 0);
    const [call] = ears.calls;
    assert(call?.name === 'get_weather' && call.args?.['city'] === 'Oslo', `the call was ${JSON.stringify(call)}`);
    // Vertex ends the turn of the call, and the answer is another.
    await pause(50);
    ears.forget();
    await voice.answerCall?.(call, weather);
    await until('the result in the answer', () => /temperature\W+7/.test(ears.said));
    await quiet(conversation);
  });
}

export async function bargeIn(conversation: Conversation): Promise<void> {
  const { ears, voice } = conversation;
  await conversation.stage.check('speech over the answer interrupts it, and is answered', async () => {
    ears.forget();
    await voice.say('Tell me something long, and do not stop before the end of it, please.');
    await until('the first piece of the answer', () => ears.audio > 0);
    ears.said = '';
    await stream(conversation, utterance(900));
    await until('interrupted', () => ears.interruptions > 0);
    await until('an answer to what interrupted', () => /speech of \d/.test(ears.said));
    // One for what was interrupted, one for the answer.
    await until('its turnComplete', () => ears.turns >= 2);
  });
}

/** After a rotation, by whoever makes it: the model still knows the beginning, and the server says it was a resume. */
export async function remembers(
  conversation: Conversation,
  resumedFrom: number,
  first = /first you said\W+my name is ada/i,
): Promise<void> {
  const { stage } = conversation;
  await stage.check('the next connection resumes the one before', async () => {
    const last = (await stage.emulator.connections()).at(-1);
    assert(
      last?.resumedFrom === resumedFrom,
      `connection ${last?.id} resumed ${last?.resumedFrom}, not ${resumedFrom}`,
    );
  });
  await stage.check('the context survived: it knows what was said first', async () => {
    await ask(conversation, 'What did I say first?', first);
  });
}

export async function newest(stage: Stage): Promise<number> {
  const last = (await stage.emulator.connections()).at(-1);
  assert(last, 'no connection yet');
  return last.id;
}

/** For a library that rotates by itself: the end is announced, and it has to come back, resumed. */
export async function rotatesItself(conversation: Conversation, first?: RegExp): Promise<void> {
  const { stage } = conversation;
  const before = await newest(stage);
  await stage.check('it connects again by itself after a goAway', async () => {
    await stage.emulator.goAway({ timeLeftMs: 2_000 });
    const isBack = async (): Promise<boolean> => {
      const last = (await stage.emulator.connections()).at(-1);
      return last !== undefined && last.id > before && last.isReady && last.isOpen;
    };
    await until('a new connection', isBack, 12_000);
  });
  await remembers(conversation, before, first);
}
