/**
 * A failing run as a person can follow it: who sent what to whom, step by step, and the trace of it.
 *
 *   app            session            server
 *    │ goAway …      │                  │
 *
 * Owns the text of the diagram and the two records that a trace of a run has beside the session's own: `command` and
 * `violation`. A reader of traces skips them, as it does all types it does not know.
 */
import { commandText, seedText, type Plan } from './command.js';
import { runPlan, type RunOptions, type RunReport, type RunWatcher } from './run.js';
import type { DialRecord, Received } from './tap.js';
import { startMs, type World } from './world.js';

export interface Story {
  readonly report: RunReport;
  /** The sequence diagram. */
  readonly text: string;
  /** The session's trace, JSON lines, the header first. */
  readonly trace: string;
}

const lane = 26;
const mostLines = 400;

export async function tellStory(plan: Plan, options: RunOptions = {}): Promise<Story> {
  const teller = new Teller(plan);
  const report = await runPlan(plan, { ...options, watch: teller });
  return { report, text: teller.text(report), trace: teller.trace(report) };
}

class Teller implements RunWatcher {
  readonly #plan: Plan;
  readonly #lines: string[] = [];
  readonly #trace: string[] = [];
  #world: World | null = null;
  /** Frames of one kind in a row are told once. */
  #last = { text: '', times: 0 };

  constructor(plan: Plan) {
    this.#plan = plan;
  }

  begins(world: World): void {
    this.#world = world;
    world.emulator.listen(({ what, detail }) => {
      if (what === 'fault') this.#tell('server', `fault: ${detail}`);
    });
  }

  line(line: string): void {
    this.#trace.push(line);
    if (!line.includes('"type":"public"')) return;
    const { event } = JSON.parse(line) as { event: { type: string; outcome?: unknown; reason?: unknown } };
    const more = [event.outcome, event.reason].filter((word) => typeof word === 'string');
    this.#arrow('session', 'app', [event.type, ...more].join(' '));
  }

  step(index: number): void {
    const command = this.#plan.commands[index];
    const text = command === undefined ? 'faults stop, the end' : commandText(command);
    this.#flush();
    this.#lines.push(`${this.#time()}  ${'─'.repeat(3)} step ${index + 1}: ${text}`);
    this.#trace.push(this.#record({ type: 'command', step: index, command: command ?? null }));
  }

  dialled({ n, handle }: DialRecord): void {
    this.#arrow('session', 'server', `dial ${n}${handle === null ? '' : ' with a handle'}`);
  }

  wrote({ n }: DialRecord, text: string): void {
    const [, kind = '?', inner = ''] = /^\{"(\w+)":\{"(\w+)"/.exec(text) ?? [];
    this.#arrow('session', 'server', `${n}: ${kind === 'realtimeInput' ? inner : kind}`);
  }

  received({ n }: DialRecord, message: Received): void {
    const names = Object.keys(message ?? { unreadable: 0 }).flatMap((key) =>
      key === 'serverContent' ? Object.keys(message?.[key] as object) : [key],
    );
    this.#arrow('server', 'session', `${n}: ${names.join('+') || '{}'}`);
  }

  closed({ n }: DialRecord): void {
    this.#arrow('session', 'server', `${n}: close`);
  }

  ended({ n, end }: DialRecord): void {
    const why = end?.cause === 'close' ? `${end.code} ${end.reason}` : (end?.cause ?? '');
    this.#arrow('server', 'session', `${n}: ended ${why}`.trim());
  }

  text({ violation }: RunReport): string {
    this.#flush();
    const body = this.#lines.length <= mostLines ? this.#lines : ['…', ...this.#lines.slice(-mostLines)];
    const { setting } = this.#plan;
    const end =
      violation === null
        ? 'No rule is broken.'
        : `${violation.id} is broken at step ${violation.step + 1}: ${violation.message}.`;
    return [
      `seed ${seedText(this.#plan)}, ${this.#plan.commands.length} steps`,
      Object.entries(setting)
        .map(([name, value]) => `${name} ${JSON.stringify(value)}`)
        .join(', '),
      '',
      `${' '.repeat(10)}  ${'app'.padEnd(lane)}${'session'.padEnd(lane)}server`,
      ...body,
      '',
      end,
    ].join('\n');
  }

  trace({ violation }: RunReport): string {
    if (violation === null) return `${this.#trace.join('\n')}\n`;
    const { step, id, message, at } = violation;
    return `${[...this.#trace, this.#record({ type: 'violation', id, message, step, at })].join('\n')}\n`;
  }

  #record(body: object): string {
    const n = Number(/^\{"n":(\d+)/.exec(this.#trace.at(-1) ?? '')?.[1] ?? 0);
    return JSON.stringify({ n, at: this.#world?.clock.now() ?? startMs, ...body });
  }

  #time(): string {
    const ms = (this.#world?.clock.now() ?? startMs) - startMs;
    return `${(ms / 1_000).toFixed(3)} s`.padStart(10);
  }

  #tell(who: 'server', text: string): void {
    this.#flush();
    this.#lines.push(`${this.#time()}  ${' '.repeat(2 * lane)}${who === 'server' ? `(${text})` : text}`);
  }

  #arrow(from: 'app' | 'session' | 'server', to: 'app' | 'session' | 'server', label: string): void {
    const text = label.length > 60 ? `${label.slice(0, 59)}…` : label;
    const left = [from, to].includes('app') ? 0 : lane;
    const isRight = from === 'app' || (from === 'session' && to === 'server');
    const drawn = ' '.repeat(left) + (isRight ? `│── ${text} ─▶│` : `│◀─ ${text} ──│`);
    if (drawn === this.#last.text) {
      this.#last.times += 1;
      return;
    }
    this.#flush();
    this.#lines.push(`${this.#time()}  ${drawn}`);
    this.#last = { text: drawn, times: 0 };
  }

  #flush(): void {
    if (this.#last.times > 0) this.#lines.push(`${' '.repeat(10)}  ${' '.repeat(lane)}  (${this.#last.times} more)`);
    this.#last = { text: '', times: 0 };
  }
}

/** A test file that runs the plan again: `node --test FILE`, wherever gemini-lifeline is installed. */
export function testFile(plan: Plan, id: string): string {
  return `/** Written by \`gemini-lifeline replay ${seedText(plan)} --test\`: breaks ${id} as long as the bug is there. */
import { equal } from 'node:assert/strict';
import { test } from 'node:test';
import { runPlan } from 'gemini-lifeline/testing';

const plan = ${JSON.stringify(plan, null, 2)};

test('${id}, seed ${seedText(plan)}', async () => {
  const { violation } = await runPlan(plan);
  equal(violation && \`\${violation.id}: \${violation.message}\`, null);
});
`;
}
