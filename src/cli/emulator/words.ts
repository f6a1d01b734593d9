/** What the emulator says on a terminal: where it is, how to reach it, and one line per event. Owns the words only. */
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { EmulatorEvent } from '../../emulator/record/eventLog.js';

/** Node cannot make certificates. */
export const opensslLine =
  'openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -days 30 -subj /CN=localhost ' +
  '-addext subjectAltName=DNS:localhost,IP:127.0.0.1';

export interface Welcome {
  readonly baseUrl: string;
  /** Null without the control endpoint. */
  readonly page: string | null;
  /** File of the certificate; null without TLS. */
  readonly cert: string | null;
  readonly notes: readonly string[];
  /** Of a proxy. */
  readonly target: string | null;
}

export function welcome({ baseUrl, page, cert, notes, target }: Welcome): string[] {
  const socket = `${baseUrl.replace(/^http/, 'ws')}/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent?key=any`;
  const trust = cert === null ? null : resolve(cert);
  return [
    ...(target === null ? [] : [`In front of ${target}`]),
    ...(page === null ? [] : [`Page        ${page}`]),
    `JavaScript  new GoogleGenAI({ apiKey: 'any', httpOptions: { baseUrl: '${baseUrl}' } })`,
    `Python      genai.Client(api_key="any", http_options={"base_url": "${baseUrl}"})`,
    ...(trust === null && target === null
      ? ['            (google-genai needs TLS: --tls-cert and --tls-key, see --help)']
      : []),
    `wscat       npx wscat -c '${socket}'`,
    `            {"setup": {"model": "models/gemini-live-2.5-flash-preview"}}`,
    ...(trust === null
      ? []
      : [`Trust       Node: NODE_EXTRA_CA_CERTS=${trust}`, `            Python: SSL_CERT_FILE=${trust}`]),
    ...notes,
    'Ctrl-C ends it.',
  ];
}

/** Why clients would refuse it although they trust it. */
export function certificateNotes(file: string, { hostname }: URL): string[] {
  const certificate = new X509Certificate(readFileSync(file));
  const host = hostname.replace(/^\[|\]$/g, '');
  const names = certificate.checkIP(host) ?? certificate.checkHost(host);
  return [
    ...(new Date(certificate.validTo).getTime() < Date.now()
      ? [`The certificate has expired (${certificate.validTo}): clients will refuse it.`]
      : []),
    ...(names === undefined
      ? [
          `The certificate is not for ${host}: clients will refuse it there. It is for ${certificate.subjectAltName ?? 'no name at all'}.`,
        ]
      : []),
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
