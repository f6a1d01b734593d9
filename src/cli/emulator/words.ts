/** What the emulator says on a terminal: where it is, how to reach it, and one line per event. Owns the words only. */
import type { EmulatorEvent } from '../../emulator/record/eventLog.js';

export function welcome(baseUrl: string, page: boolean): string[] {
  const socket = `${baseUrl.replace(/^http/, 'ws')}/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent?key=any`;
  return [
    ...(page ? [`Page        ${baseUrl}/emulator/`] : []),
    `JavaScript  new GoogleGenAI({ apiKey: 'any', httpOptions: { baseUrl: '${baseUrl}' } })`,
    `Python      genai.Client(api_key="any", http_options={"base_url": "${baseUrl}"})`,
    `wscat       npx wscat -c '${socket}'`,
    `            {"setup": {"model": "models/gemini-live-2.5-flash-preview"}}`,
    'Ctrl-C ends it.',
  ];
}

/** `13:05:09.120  #3  closed  1008 …` */
export function eventLine({ at, connection, what, detail }: EmulatorEvent): string {
  const time = new Date(at).toISOString().slice(11, 23);
  const who = connection === null ? '' : `#${connection}`;
  return `${time}  ${who.padEnd(4)}  ${what.padEnd(13)}  ${printable(detail)}`.trimEnd();
}

/** What a client may have named must not steer the terminal. */
function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, '·');
}
