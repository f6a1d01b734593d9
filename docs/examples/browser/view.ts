/**
 * The page: the elements, and what is shown in them.
 *
 * Owns the DOM. Never touches the session, the microphone or the speaker: main.ts does.
 */
import type { ContextBudget, HandOff, SessionStatus } from 'gemini-lifeline';

function element<T extends HTMLElement = HTMLElement>(id: string): T {
  return document.getElementById(id) as T;
}

export const controls = {
  start: element<HTMLButtonElement>('start'),
  mute: element<HTMLButtonElement>('mute'),
  form: element<HTMLFormElement>('form'),
  text: element<HTMLInputElement>('text'),
  send: element<HTMLButtonElement>('send'),
  goAway: element<HTMLButtonElement>('goAway'),
  cut: element<HTMLButtonElement>('cut'),
};

const turnWords: Record<SessionStatus['turn'], string> = {
  quiet: 'nobody speaks',
  composing: 'you are composing',
  userSpeaking: 'you speak',
  generating: 'the model speaks',
  playing: 'the model speaks',
  callingTools: 'the model waits for a tool',
};

const inputWords: Record<SessionStatus['input'], string> = {
  flowing: 'input flows',
  held: 'input waits',
  closed: 'no input',
};

export function showPhase(phase: 'notStarted' | 'connecting' | 'on' | 'ended'): void {
  const isOn = phase === 'on';
  controls.start.textContent = isOn || phase === 'connecting' ? 'End' : 'Start';
  for (const control of [controls.text, controls.send, controls.goAway, controls.cut]) control.disabled = !isOn;
  if (!isOn) {
    controls.mute.hidden = true;
    showLevel(0);
  }
  element('hint').textContent = isOn ? 'Speak or type.' : 'Press Start, then speak or type.';
  if (phase === 'connecting') showLifecycle('connecting', 'connecting');
  if (phase === 'notStarted') showLifecycle(null, 'not started');
}

export function showMicrophone(state: 'on' | 'muted' | 'none'): void {
  controls.mute.hidden = false;
  controls.mute.textContent = { on: 'Mute microphone', muted: 'Unmute microphone', none: 'Use microphone' }[state];
  if (state !== 'on') showLevel(0);
}

export function showLevel(level: number): void {
  element<HTMLMeterElement>('level').value = level;
}

export function showStatus({ lifecycle, input, connection, turn }: SessionStatus): void {
  showLifecycle(lifecycle, `${lifecycle}, ${inputWords[input]}`);
  element('connection').textContent = String(connection);
  element('turn').textContent = lifecycle === 'closed' || lifecycle === 'failed' ? '–' : turnWords[turn];
}

function showLifecycle(lifecycle: SessionStatus['lifecycle'] | null, words: string): void {
  // A screen reader says it again each time it is written.
  if (element('lifecycle').textContent === words) return;
  element('lifecycle').textContent = words;
  for (const item of element('states').children) {
    if (item.getAttribute('data-state') === lifecycle) item.setAttribute('aria-current', 'step');
    else item.removeAttribute('aria-current');
  }
}

export function showContext({ fill, tokens, limitTokens }: ContextBudget): void {
  element<HTMLMeterElement>('fill').value = fill;
  element('tokens').textContent = `${tokens.toLocaleString('en')} of ${limitTokens.toLocaleString('en')} tokens`;
}

export function showHandOff({ gapMs, outcome }: HandOff): void {
  element('gap').textContent = `${Math.round(gapMs)} ms gap, context ${outcome}`;
}

/** Words about what went wrong; null takes them away. */
export function showNotice(words: string | null): void {
  element('notice').hidden = words === null;
  element('notice').textContent = words ?? '';
}

export function clearTranscript(): void {
  element('transcript').replaceChildren();
  element('gap').textContent = 'none yet';
  closeEntry('user');
  closeEntry('model');
}

type Speaker = 'user' | 'model';

/** What one speaker says in pieces becomes one entry: its text, until `closeEntry`. */
const open: Record<Speaker, Text | null> = { user: null, model: null };

export function say(speaker: Speaker, text: string): void {
  const words = open[speaker];
  if (words) return atEnd(() => words.appendData(text));
  const who = document.createElement('span');
  who.className = 'who';
  who.textContent = speaker === 'user' ? 'You' : 'Model';
  open[speaker] = document.createTextNode(text.trimStart());
  append(speaker, who, open[speaker]);
}

export function closeEntry(speaker: Speaker): void {
  open[speaker] = null;
}

/** Marks what the model was saying, if it was. */
export function interruptModel(): void {
  if (open.model) say('model', ' … (interrupted)');
  closeEntry('model');
}

/** What happened to the session. */
export function note(text: string): void {
  append('note', document.createTextNode(text));
}

function append(className: string, ...children: Node[]): void {
  const entry = document.createElement('li');
  entry.className = className;
  entry.append(...children);
  element('empty').hidden = true;
  atEnd(() => element('transcript').append(entry));
}

/** Keeps the newest entry in sight, unless the reader has scrolled up. */
function atEnd(change: () => void): void {
  const scroll = element('scroll');
  const isAtEnd = scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < 40;
  change();
  if (isAtEnd) scroll.scrollTop = scroll.scrollHeight;
}
