/**
 * Performs one command on a world: what the app calls, what the service does, and time.
 *
 * Owns the app's side of a run (its open tool calls, its promises). Decides nothing about right and wrong, except what
 * may be thrown at an app.
 */
import { faultClasses } from '../../emulator/faults/catalogue.js';
import { LifelineError } from '../../errors.js';
import type { LiveSession } from '../../liveSession.js';
import type { Receipt } from '../../outbox/receipt.js';
import type { Slowness } from './account.js';
import { numberedAudio } from './audio.js';
import type { Command, Setting, UpdateForm } from './command.js';
import type { World } from './world.js';

const closeWithinMs = 5_000 + 1_000;
/**
 * Without an index, what the service has is judged by when a handle came. So three faults make receipts say `delivered`
 * too early, and nobody could tell: a network that becomes slower within one connection, an uplink that dies while
 * updates still come (what was on its way), and a service that sends its updates in another order.
 */
const misleading: Readonly<Record<string, Omit<Slowness, 'at'>>> = {
  'stream/delay': { byMs: 1_000, lastsMs: Infinity },
  // Two seconds of an answer take a minute.
  'stream/trickle': { byMs: Infinity, lastsMs: Infinity },
  'stream/one-way-up': { byMs: Infinity, lastsMs: 0 },
  'update/reordered': { byMs: 60_000, lastsMs: 60_000 },
};

interface Call {
  readonly id: string;
  readonly name: string;
}

export class Performer {
  readonly #world: World;
  readonly #setting: Setting;
  readonly #calls: Call[] = [];
  readonly #timers = new Set<unknown>();
  readonly #names = new Map<number, string>();
  /** How often faults of each class acted. */
  readonly acted: Record<string, number> = {};
  #session: LiveSession | null = null;
  /** Ids of faults count up. */
  #lastFault = 0;

  constructor(world: World, setting: Setting) {
    this.#world = world;
    this.#setting = setting;
    for (const { id } of world.emulator.faults.list()) {
      this.#names.set(id, setting.before[0] ?? '');
      this.#lastFault = id;
    }
    world.emulator.listen(({ what, fault }) => {
      const name = what !== 'fault' || fault === undefined ? undefined : this.#names.get(fault);
      if (name === undefined) return;
      this.acted[name] = (this.acted[name] ?? 0) + 1;
      const slowness = misleading[name];
      if (slowness !== undefined) world.oracle.account.slowed({ at: world.clock.now(), ...slowness });
    });
  }

  adopt(session: LiveSession): void {
    this.#session = session;
    const { answerAfterMs } = this.#setting;
    session.messages$.subscribe(({ toolCall }) => {
      for (const { id = '', name = '' } of toolCall?.functionCalls ?? []) {
        this.#calls.push({ id, name });
        if (answerAfterMs === null) continue;
        const timer = this.#world.clock.setTimeout(() => {
          this.#timers.delete(timer);
          this.#answerTools();
        }, answerAfterMs);
        this.#timers.add(timer);
      }
    });
  }

  /** The app does nothing more by itself. */
  stop(): void {
    for (const timer of this.#timers) this.#world.clock.clearTimeout(timer);
    this.#timers.clear();
  }

  async perform(command: Command): Promise<void> {
    const { clock, emulator, oracle } = this.#world;
    switch (command.do) {
      case 'wait':
        return clock.tick(command.ms);
      case 'sleep':
        oracle.wire.sleeps(clock.now() + command.ms);
        oracle.account.slowed({ at: clock.now(), byMs: command.ms, lastsMs: 0 });
        return clock.jump(command.ms);
      case 'talk':
        for (let i = 0; i < command.seconds && !oracle.isOver; i += 1) {
          this.#audio(false);
          await clock.tick(1_000);
        }
        return undefined;
      case 'speak':
        for (let i = 0; i < command.chunks && !oracle.isOver; i += 1) {
          this.#audio(command.loud, 320);
          await clock.tick(20);
        }
        return undefined;
      case 'text':
        return this.#send((session) => session.sendRealtimeInput({ text: 'And now?' }));
      case 'content':
        return this.#send((session) =>
          session.sendClientContent({ turns: 'word '.repeat(command.words), turnComplete: command.complete }),
        );
      case 'streamEnd':
        return this.#send((session) => session.sendRealtimeInput({ audioStreamEnd: true }));
      case 'answerTools':
        return this.#answerTools();
      case 'rotate':
        return this.#call((session) => {
          oracle.pledge('rotate()', session.rotate(), null);
        });
      case 'resumeSession':
        return this.#resume(command.known);
      case 'close':
        return this.#close();
      case 'network':
        oracle.wire.asked(null);
        return this.#world.setOnline(command.online);
      case 'say':
        return emulator.say('Well then. '.repeat(command.words));
      case 'callTool':
        return void emulator.callTool('lookUp');
      case 'goAway':
        return emulator.goAway({ timeLeftMs: command.ms });
      case 'update':
        // Nothing comes before setupComplete.
        if (oracle.wire.dials.at(-1)?.readyAt === null) return undefined;
        return emulator.send({ sessionResumptionUpdate: this.#update(command.form) });
      case 'fault':
        return this.#fault(command.name);
      case 'clear':
        emulator.clearFaults();
        return emulator.resumable(true);
      default:
        return command satisfies never;
    }
  }

  /** Rejects, and never throws. */
  #resume(known: boolean): void {
    const session = this.#session;
    if (session === null) return;
    const { oracle } = this.#world;
    const handle = known ? (session.handle?.value ?? 'none yet') : 'a handle of nobody';
    oracle.wire.asked(handle);
    oracle.pledge('resumeSession()', session.resumeSession({ handle }), null);
  }

  /** Idempotent: nothing is thrown, whenever it is called. */
  #close(): void {
    if (this.#session !== null) this.#world.oracle.pledge('close()', this.#session.close(), closeWithinMs);
  }

  #audio(loud: boolean, samples = 8): void {
    const n = this.#world.oracle.account.take();
    this.#send((session) => session.sendRealtimeInput({ audio: numberedAudio(n, loud, samples) }), n);
  }

  #answerTools(): void {
    for (const { id, name } of this.#calls.splice(0)) {
      this.#send((session) =>
        session.sendToolResponse({ functionResponses: [{ id, name, response: { output: 'found' } }] }),
      );
    }
  }

  #send(send: (session: LiveSession) => Receipt, n: number | null = null): void {
    this.#call((session) => this.#world.oracle.account.add(send(session), n));
  }

  /** What a session may throw at an app: that it is closed when it is, and what it says it does not support. */
  #call(act: (session: LiveSession) => void): void {
    const session = this.#session;
    if (session === null) return;
    const isClosed = session.status.current.input === 'closed';
    const { findings } = this.#world.oracle;
    try {
      act(session);
      findings.check('G3', !isClosed, () => 'a call was accepted after the end');
    } catch (error) {
      const code = error instanceof LifelineError ? error.code : String(error);
      const mayThrow = isClosed ? code === 'sessionClosed' : code === 'resumptionOff' || code === 'notSupported';
      findings.check(
        'G5',
        mayThrow,
        () => `a call threw ${code} while the session is ${session.status.current.lifecycle}`,
      );
    }
  }

  #update(form: UpdateForm): object {
    switch (form) {
      case 'newest':
        return { newHandle: this.#world.oracle.wire.newestHandle ?? '', resumable: true };
      case 'empty':
        return {};
      case 'withdrawn':
        return { newHandle: '', resumable: false };
      default:
        return form satisfies never;
    }
  }

  #fault(name: string): void {
    const fault = faultClasses[name];
    if (fault === undefined) return;
    const { faults } = this.#world.emulator;
    for (const one of fault.faults) {
      // It acts, and is heard of, within the call: the name must be known before.
      this.#names.set(this.#lastFault + 1, name);
      [this.#lastFault = 0] = faults.add(one);
    }
  }
}
