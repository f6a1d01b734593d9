/**
 * The demo on a terminal: one line per thing that happens, a bar while the recording plays, an account at the end.
 *
 * Owns words and layout. Writes to stderr while the demo runs, so that stdout holds the account alone.
 */
import type { LifelineEvent, SessionStatus } from '../../index.js';
import type { Io } from '../command.js';
import type { Account, Stage } from './act.js';

const barWidth = 40;

export function stageOn(io: Io): Stage {
  let last = '';
  let shownShare = 0;
  const clear = () => (io.isTerminal ? process.stderr.write('\r\x1b[K') : false);
  const line = (atMs: number, text: string) => {
    clear();
    io.note(`  ${(atMs / 1000).toFixed(2).padStart(6)} s  ${text}`);
  };
  return {
    fault: (atMs, text) => line(atMs, `⚡ ${text}`),
    event(atMs, event) {
      const text = words(event);
      if (text) line(atMs, text);
    },
    lifecycle(atMs, { lifecycle, connection }: SessionStatus) {
      if (lifecycle === last) return;
      const arrow = last === '' ? lifecycle : `${last} → ${lifecycle}`;
      last = lifecycle;
      line(atMs, `${arrow.padEnd(26)} dial ${connection}`);
    },
    progress(share, session) {
      if (!io.isTerminal) {
        if (share - shownShare < 0.25) return;
        shownShare = share;
        io.note(`          ${Math.round(share * 100)} % of the recording sent`);
        return;
      }
      const done = Math.round(share * barWidth);
      const { turn } = session.status.current;
      process.stderr.write(`\r  🎙 ${'█'.repeat(done)}${'░'.repeat(barWidth - done)} ${turn.padEnd(14)}`);
    },
  };
}

function words(event: LifelineEvent): string | null {
  switch (event.type) {
    case 'resumed': {
      const doubles = event.possiblyDoubled > 0 ? `, ${event.possiblyDoubled} perhaps twice` : '';
      return `   context ${event.outcome}; gap ${event.gapMs} ms, input held ${event.heldMs} ms, ${event.replayed} sent again${doubles}`;
    }
    case 'expired':
      return `   expired (${event.meaning}): a fresh session gets the recorded turns`;
    case 'compressed':
      return `   context compressed to ${event.tokens} tokens`;
    case 'failed':
      return `   failed: ${event.error.message}`;
    default:
      return null;
  }
}

const ms = (values: readonly number[]) => (values.length === 0 ? 'none' : `${values.join(', ')} ms`);

export function accountLines(account: Account): string[] {
  const rows: [string, string][] = [
    ['session', `${account.sessions}, over ${account.connections} connections`],
    ['planned rotations', String(account.rotations)],
    ['reseeded', `${account.reseeds} time(s), after a refused handle`],
    ['context compressed', `${account.compressions} time(s)`],
    ['gaps', ms(account.gapsMs)],
    ['input held', ms(account.heldMs)],
    ['chunks sent', String(account.sent)],
    ['heard by the model', String(account.heard)],
    ['lost', `${account.lost} (in no context of the model)`],
    [
      'doubled',
      account.doubled === 0 ? '0' : `${account.doubled}, ${account.unreported} of them not reported by the session`,
    ],
    ['reheard', `${account.reheard} (said again to the fresh session)`],
    ['states visited', account.states.join(', ')],
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`);
}
