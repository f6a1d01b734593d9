/**
 * One page: microphone → Live API → speaker, over as many connections as it takes.
 *
 * Owns one session at a time and what the page's controls do to it. With a key of your own, `endpoint` and the client
 * below are all that changes; never ship a key to a browser, use ephemeral tokens.
 */
import { GoogleGenAI, Modality, type LiveServerMessage } from '@google/genai';
import { connect, isLifelineError, type LifelineEvent, type LiveSession } from 'gemini-lifeline';
import { genai } from 'gemini-lifeline/genai';
import { explainNoMicrophone, openMicrophone, type Microphone } from './microphone.js';
import { loudness, toBase64 } from './pcm.js';
import { Speaker } from './speaker.js';
import * as view from './view.js';

const endpoint = '/emulator';

interface Talk {
  readonly abort: AbortController;
  readonly audio: AudioContext;
  session: LiveSession | null;
  microphone: Microphone | null;
}

let talk: Talk | null = null;

async function start(): Promise<void> {
  // Here and not later: a browser lets a page make sounds only in answer to a click or a key.
  const mine: Talk = { abort: new AbortController(), audio: new AudioContext(), session: null, microphone: null };
  talk = mine;
  view.clearTranscript();
  view.showNotice(null);
  view.showPhase('connecting');
  try {
    const session = await dial(mine.abort.signal);
    mine.session = session;
    view.showPhase('on');
    follow(session, new Speaker(mine.audio));
    view.controls.text.focus();
    await useMicrophone(mine);
  } catch (error) {
    if (!mine.abort.signal.aborted) view.showNotice(explain(error));
    await end(mine);
  }
}

async function dial(signal: AbortSignal): Promise<LiveSession> {
  const { baseUrl } = (await (await fetch(endpoint, { signal })).json()) as { baseUrl: string };
  return connect({
    transport: genai(new GoogleGenAI({ apiKey: 'emulator', httpOptions: { baseUrl } })),
    model: 'gemini-3.8-live',
    config: {
      responseModalities: [Modality.AUDIO],
      inputAudioTranscription: {},
      outputAudioTranscription: {},
      // Far below the defaults, so that one sees the window slide after a few minutes.
      contextWindowCompression: { triggerTokens: '5000', slidingWindow: { targetTokens: '2500' } },
    },
    signal,
  });
}

async function end(mine: Talk): Promise<void> {
  if (mine.abort.signal.aborted) return;
  mine.abort.abort();
  talk = null;
  view.showPhase(mine.session ? 'ended' : 'notStarted');
  mine.microphone?.close();
  await mine.session?.close();
  await mine.audio.close();
}

// ── The session ─────────────────────────────────────────────────────────────────────────────────────────────────────

function follow(session: LiveSession, speaker: Speaker): void {
  const showStatus = () => {
    // The end of one session may come after the start of the next.
    if (talk === null || talk.session === session) view.showStatus(session.status.current);
  };
  const showContext = () => view.showContext(session.budget);
  const timer = setInterval(showContext, 500);
  showStatus();
  showContext();
  session.status.subscribe(showStatus);
  session.events$.subscribe({
    next: tell,
    complete: () => {
      clearInterval(timer);
      speaker.flush();
      // It ended by itself.
      if (talk?.session === session) void end(talk);
    },
  });
  session.messages$.subscribe((message) => hear(message, speaker));
}

function hear({ serverContent, data }: LiveServerMessage, speaker: Speaker): void {
  const { interrupted, inputTranscription, outputTranscription, turnComplete } = serverContent ?? {};
  if (interrupted) speaker.flush();
  if (data) speaker.play(data);
  if (inputTranscription?.text) view.say('user', inputTranscription.text);
  if (interrupted) view.interruptModel();
  if (outputTranscription?.text) {
    view.closeEntry('user');
    view.say('model', outputTranscription.text);
  }
  if (turnComplete) view.closeEntry('model');
}

function tell(event: LifelineEvent): void {
  switch (event.type) {
    case 'goAway':
      view.note(`The server closes connection ${event.connection} in ${Math.round(event.timeLeftMs / 1_000)} s.`);
      return;
    case 'resumed':
      view.showHandOff(event);
      // An answer that was cut off is not continued.
      view.closeEntry('model');
      view.note(
        `Connection ${event.connection} took over after ${Math.round(event.gapMs)} ms, context ${event.outcome}.`,
      );
      return;
    case 'compressed':
      view.note('The context window slid: the oldest turns are out of it.');
      return;
    case 'failed':
      view.showNotice(explain(event.error));
      return;
    default:
      return;
  }
}

function explain(error: unknown): string {
  if (isLifelineError(error)) return `${error.message} ${error.remediation}`;
  return 'The server of this example does not answer. Start it again with “npm run example:browser”.';
}

// ── Microphone, text and faults ─────────────────────────────────────────────────────────────────────────────────────

async function useMicrophone(mine: Talk): Promise<void> {
  try {
    const microphone = await openMicrophone(
      mine.audio,
      (samples) => {
        view.showLevel(loudness(samples));
        mine.session?.sendRealtimeInput({ audio: { data: toBase64(samples), mimeType: 'audio/pcm;rate=16000' } });
      },
      () => {
        mute(mine, 'none');
        view.showNotice('The microphone is gone. Type instead, or plug it in and press “Use microphone”.');
      },
    );
    // The person may have ended the talk while the browser was asking.
    if (talk !== mine) return microphone.close();
    mine.microphone = microphone;
    view.showMicrophone('on');
    view.showNotice(null);
  } catch (error) {
    if (talk !== mine) return;
    view.showMicrophone('none');
    view.showNotice(explainNoMicrophone(error));
  }
}

/** The device is given back, so that the browser shows that nobody listens. */
function mute(mine: Talk, state: 'muted' | 'none'): void {
  mine.microphone?.close();
  mine.microphone = null;
  view.showMicrophone(state);
  // Tells the model that the pause is meant; without it a sentence cut in the middle would never end.
  mine.session?.sendRealtimeInput({ audioStreamEnd: true });
}

view.controls.start.addEventListener('click', () => void (talk ? end(talk) : start()));

view.controls.mute.addEventListener('click', () => {
  if (!talk) return;
  if (talk.microphone) mute(talk, 'muted');
  else void useMicrophone(talk);
});

view.controls.form.addEventListener('submit', (event) => {
  event.preventDefault();
  const text = view.controls.text.value.trim();
  if (text === '' || !talk?.session) return;
  talk.session.sendRealtimeInput({ text });
  view.closeEntry('user');
  view.say('user', text);
  view.closeEntry('user');
  view.controls.text.value = '';
});

for (const order of ['goAway', 'cut'] as const) {
  view.controls[order].addEventListener('click', () => {
    fetch(`${endpoint}/${order}`, { method: 'POST' }).catch((error: unknown) => view.showNotice(explain(error)));
  });
}
