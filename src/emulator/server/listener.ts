/**
 * What a server listens with: HTTP, or HTTPS where it has a certificate, and every TCP socket that is open on it.
 *
 * Owns the certificate, which TCP socket is beneath which TLS one, and what is said of a client that never got as far as
 * a request. Knows no path.
 */
import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';

export interface TlsOptions {
  /** Certificate, PEM; with those of its issuers behind it, if it has any. */
  readonly cert: string;
  /** Its private key, PEM, not encrypted. */
  readonly key: string;
}

/** A certificate or a key that cannot be used; `part` is the one to look at. */
export class TlsError extends Error {
  override readonly name = 'TlsError';
  readonly part: keyof TlsOptions;

  constructor(part: keyof TlsOptions, message: string) {
    super(message);
    this.part = part;
  }
}

/** TCP connections beyond the open WebSockets: the page, the control endpoint, upgrades on their way. */
const spareConnections = 256;
/** A request that drips in is not waited for longer than this. */
const headersTimeoutMs = 10_000;
const requestTimeoutMs = 20_000;

/** TCP beneath TLS. A TLS socket can neither be reset, nor does it say what it stands on. */
const beneath = new WeakMap<Socket, Socket>();

export class Listener {
  readonly server: Server;
  readonly #isTls: boolean;
  readonly #open = new Set<Socket>();

  /**
   * `failed` is told why a client came no further than the handshake.
   *
   * @throws TlsError
   */
  constructor(tls: TlsOptions | undefined, answer: RequestListener, failed: (why: string) => void) {
    if (tls !== undefined) checkTls(tls);
    this.#isTls = tls !== undefined;
    this.server = tls === undefined ? createServer(answer) : createTlsServer({ cert: tls.cert, key: tls.key }, answer);
    this.server.headersTimeout = headersTimeoutMs;
    this.server.requestTimeout = requestTimeoutMs;
    const shaking = new Map<string, Socket>();
    this.server.on('connection', (socket: Socket) => {
      this.#open.add(socket);
      const end = endOf(socket);
      if (this.#isTls) shaking.set(end, socket);
      socket.once('close', () => {
        this.#open.delete(socket);
        if (shaking.get(end) === socket) shaking.delete(end);
      });
    });
    this.server.on('secureConnection', (socket: TLSSocket) => {
      const tcp = shaking.get(endOf(socket));
      if (tcp !== undefined) beneath.set(socket, tcp);
    });
    this.server.on('tlsClientError', (error: NodeJS.ErrnoException) => {
      const why = handshakeProblem(error.code ?? '');
      if (why !== null && this.server.listening) failed(why);
    });
    this.server.on('clientError', (error: Error & { rawPacket?: Buffer }, socket) => {
      // The first byte of every TLS handshake.
      if (!this.#isTls && error.rawPacket?.[0] === 0x16) {
        failed('a client speaks TLS (https, wss), this server does not: start it with a certificate');
      }
      if (!socket.writable) return void socket.destroy();
      socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n', () => socket.destroy());
    });
  }

  /** Room for so many WebSockets. */
  bound(mostWebSockets: number): void {
    this.server.maxConnections = mostWebSockets + spareConnections;
  }

  /** Returns the port. */
  listen(port: number, host: string): Promise<number> {
    return new Promise((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen(port, host, () => {
        this.server.off('error', reject);
        resolve((this.server.address() as AddressInfo).port);
      });
    });
  }

  /** A wildcard address is nobody's: it is reached on this machine by the loopback one. */
  urlOf(port: number, host: string): string {
    const name = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
    return `${this.#isTls ? 'https' : 'http'}://${name.includes(':') ? `[${name}]` : name}:${port}`;
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((done) => this.server.close(() => done()));
    for (const socket of this.#open) socket.destroy();
    await closed;
  }
}

/** RST, whatever the socket is. */
export function resetSocket(socket: Socket): void {
  (beneath.get(socket) ?? socket).resetAndDestroy();
  // What TLS still had to say is not said.
  if (beneath.has(socket)) socket.destroy();
}

function endOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}

/** Null: nothing that anybody could mend. */
function handshakeProblem(code: string): string | null {
  if (code === 'ERR_SSL_HTTP_REQUEST') return 'a client speaks plain HTTP (http, ws), this server only TLS';
  // Alerts that a client sends about a certificate: unknown issuer, bad, unsupported, expired or unknown certificate.
  if (/ALERT_(?:UNKNOWN_CA|.*CERTIFICATE.*)$/.test(code)) return 'a client does not trust the certificate';
  // Node's own client leaves without a word.
  if (code === 'ECONNRESET') return 'a client left in the TLS handshake: does it trust the certificate?';
  return code.startsWith('ERR_SSL') ? `no TLS handshake: ${code}` : null;
}

/** @throws TlsError when a server could not start with it */
export function checkTls({ cert, key }: TlsOptions): void {
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(cert);
  } catch {
    throw new TlsError('cert', 'This is no certificate. It takes PEM, which starts with -----BEGIN CERTIFICATE-----.');
  }
  let privateKey: KeyObject;
  try {
    privateKey = createPrivateKey(key);
  } catch (error) {
    const isEncrypted = /PASSPHRASE/.test((error as NodeJS.ErrnoException).code ?? '') || /ENCRYPTED/.test(key);
    throw new TlsError(
      'key',
      isEncrypted
        ? 'The key is encrypted. Make one without a passphrase: openssl does with -nodes.'
        : 'This is no private key. It takes PEM, which starts with -----BEGIN PRIVATE KEY----- or the like.',
    );
  }
  if (!certificate.checkPrivateKey(privateKey)) {
    throw new TlsError('key', 'The key is not that of the certificate. Give the two that were made together.');
  }
}
