/**
 * The model itself: a few fixed habits that make memory and tools visible in what it answers.
 *
 * Owns the words and the choice of a tool, as steps of a script. Deterministic: the same context gives the same answer. It understands
 * nothing; the point is that an answer proves which context it came from.
 */
import type { ContextSnapshot, ContextTurn } from './context.js';
import { isFields, type Fields } from '../protocol/fields.js';
import type { FunctionDeclaration } from '../protocol/functions.js';
import type { ScriptStep } from './script.js';

/** Twenty seconds of speech. */
const longestQuote = 300;

function quote(turn: ContextTurn): string {
  if (turn.text === '') return `speech of ${(turn.speechMs / 1_000).toFixed(1)} s`;
  return turn.text.length > longestQuote ? `"${turn.text.slice(0, longestQuote)}…"` : `"${turn.text}"`;
}

function exampleOf(schema: unknown, text: string): unknown {
  const fields = isFields(schema) ? schema : {};
  const options = fields['enum'];
  if (Array.isArray(options) && options.length > 0) return options[0];
  const number = /-?\d+(?:\.\d+)?/.exec(text);
  switch (typeof fields['type'] === 'string' ? fields['type'].toUpperCase() : 'STRING') {
    case 'INTEGER':
      return number === null ? 1 : Math.trunc(Number(number[0]));
    case 'NUMBER':
      return number === null ? 1 : Number(number[0]);
    case 'BOOLEAN':
      return true;
    case 'ARRAY':
      return [exampleOf(fields['items'], text)];
    case 'OBJECT':
      return exampleArgs(fields, text);
    default:
      return /\b(?:in|for|of|about)\s+([\p{L}][\p{L}\p{N} -]*)/u.exec(text)?.[1]?.trim() ?? text.slice(0, 80);
  }
}

function exampleArgs(parameters: Fields, text: string): Fields {
  const properties = isFields(parameters['properties']) ? parameters['properties'] : {};
  return Object.fromEntries(Object.entries(properties).map(([name, schema]) => [name, exampleOf(schema, text)]));
}

/** The function that the user's words ask for, if any was declared. */
function chooseFunction(text: string, functions: readonly FunctionDeclaration[]): FunctionDeclaration | undefined {
  const words = text.toLowerCase();
  const named = functions.find(({ name }) => words.includes(name.toLowerCase()));
  return named ?? (/\buse a tool\b|\bcall\b/.test(words) ? functions[0] : undefined);
}

/** What the model does about the last user turn of `context`. `reflects`: it first says that it is thinking. */
export function think(context: ContextSnapshot, reflects: boolean): ScriptStep[] {
  const users = context.turns.filter((turn) => turn.role === 'user');
  const last = users.at(-1);
  const text = last?.text ?? '';
  const number = `Turn ${context.turnNumber}.`;
  const wanted = chooseFunction(text, context.functions);
  if (wanted !== undefined) {
    const call = { call: { name: wanted.name, args: exampleArgs(wanted.parameters, text) } };
    // REC 2.5 native audio: a thought before the call of a spoken turn, none before that of a written one.
    const thought: ScriptStep[] = (last?.speechMs ?? 0) > 0 ? [{ think: '**Choosing a tool**\n\n' }] : [];
    const goesOn: ScriptStep[] = wanted.nonBlocking
      ? [{ say: `${number} I have asked ${wanted.name} and go on.` }]
      : [];
    return [...thought, call, ...goesOn];
  }
  const reflection: ScriptStep[] = reflects
    ? [{ say: `${number} Let me think.` }, { turnComplete: { inProgress: true } }]
    : [];
  return [
    ...reflection,
    { think: '**Considering the answer**\n\n' },
    { say: `${number} ${answer(context, users, last)}` },
  ];
}

function answer(context: ContextSnapshot, users: readonly ContextTurn[], last: ContextTurn | undefined): string {
  const text = last?.text ?? '';
  const [first] = users;
  if (/what did i say first/i.test(text)) {
    if (first === undefined || first === last) {
      return context.forgottenTurns > 0 ? 'I no longer know what you said first.' : 'You have said nothing before.';
    }
    const from = context.forgottenTurns > 0 ? 'The first thing I still know is' : 'First you said';
    return `${from} ${quote(first)}.`;
  }
  if (/what (?:are|is) your (?:system )?instructions?/i.test(text)) {
    return context.systemInstruction === null
      ? 'I have no instruction.'
      : `My instruction is "${context.systemInstruction}".`;
  }
  if (/what is my name/i.test(text)) {
    const name = users
      .map((turn) => /my name is ([\p{L}-]+)/iu.exec(turn.text)?.[1])
      .findLast((found) => found !== undefined);
    return name === undefined ? 'You have not told me your name.' : `Your name is ${name}.`;
  }
  return last === undefined ? 'I am listening.' : `You said ${quote(last)}.`;
}

/** What it says once the results are in. */
export function reportResults(
  context: ContextSnapshot,
  results: readonly { name: string; response: Fields }[],
): ScriptStep[] {
  const told = results.map(({ name, response }) => `${name} gave ${JSON.stringify(response)}`).join('; ');
  return [{ say: `Turn ${context.turnNumber}. ${told.slice(0, 400)}.` }];
}

/** Pieces of `words` words, each but the first with the space before it. */
export function pieces(text: string, words: 1 | 2 | 3): string[] {
  const pattern = { 1: /\s*\S+/g, 2: /\s*\S+(?:\s+\S+)?/g, 3: /\s*\S+(?:\s+\S+){0,2}/g }[words];
  // Blanks at the end belong to no piece, and a long run of them would be searched again from each of its places.
  return text.trimEnd().match(pattern) ?? [];
}
