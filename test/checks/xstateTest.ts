/**
 * `@xstate/test` still has no release for XState 5, so the tests use `xstate/graph` (docs/decisions/0002-xstate-graph.md).
 *
 * Reads the answer that was committed, then asks the registry. Fails on the day a release for XState 5 appears, and on
 * the day any other version for it appears that the decision has not looked at. Without a network it says so and does
 * not fail.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Check, Execution } from './check.js';

interface Known {
  /** YYYY-MM-DD */
  readonly checkedOn: string;
  /** The version that `npm i @xstate/test` takes. */
  readonly latest: string;
  /** The range of xstate that it asks for. */
  readonly peer: string;
  /** Every version → its range of xstate. Those for XState 5 are prereleases, judged in the decision. */
  readonly versions: Readonly<Record<string, string>>;
}

interface Answer {
  readonly version: string;
  readonly versions: readonly string[];
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

const file = 'test/checks/xstate-test.json';
const decision = 'docs/decisions/0002-xstate-graph.md';
const registryTimeoutMs = 10_000;

/** Whether some part of a range may take an XState 5. Errs towards yes: a wrong yes is read by a person. */
function takesXState5(range: string): boolean {
  return range.split('||').some((part) => {
    const text = part.trim();
    return (
      text === '' || /^[*xX]/.test(text) || /^[~^=v]*\s*5\b/.test(text) || /^>=?\s*[0-5]\b(?!.*<\s*[0-5]\b)/.test(text)
    );
  });
}

/** The code of npm's error: ENOTFOUND, EAI_AGAIN, E404 … */
function reason({ output }: Execution): string {
  return /"code": "([^"]+)"|npm error code (\S+)/.exec(output)?.slice(1).find(Boolean) ?? 'no answer in time';
}

function released(version: string, range: string): string {
  return (
    `@xstate/test ${version} asks for xstate ${range}: there is a release for XState 5. Try it in place of xstate/graph ` +
    `(test/ and src/testing), then change ${decision}, README "Packages asked for" and ${file}`
  );
}

export const check: Check = {
  name: 'xstate-test',
  async run({ root, execute }) {
    const known = JSON.parse(readFileSync(join(root, file), 'utf8')) as Known;
    if (takesXState5(known.peer)) return { problems: [released(known.latest, known.peer)] };

    // A cache of its own: npm would otherwise answer from an old one without a network, and not say so.
    const cache = mkdtempSync(join(tmpdir(), 'lifeline-npm-cache-'));
    const ask = (spec: string, ...fields: string[]) =>
      execute('npm', ['view', spec, ...fields, '--json', '--fetch-retries=0', `--cache=${cache}`], {
        cwd: root,
        timeoutMs: registryTimeoutMs,
      });
    const notes: string[] = [];
    try {
      const reply = await ask('@xstate/test', 'version', 'versions', 'peerDependencies');
      if (reply.code !== 0) {
        notes.push(`not run: asking the registry (${reason(reply)}); the answer of ${known.checkedOn} stands`);
        return { problems: [], notes };
      }

      const answer = JSON.parse(reply.stdout) as Answer;
      const peer = answer.peerDependencies?.['xstate'] ?? '';
      const problems = takesXState5(peer) ? [released(answer.version, peer)] : [];
      for (const version of answer.versions) {
        if (version === answer.version || version in known.versions) continue;
        const range = await ask(`@xstate/test@${version}`, 'peerDependencies.xstate');
        if (range.code !== 0) {
          notes.push(`not run: asking for the peers of @xstate/test ${version} (${reason(range)})`);
        } else if (takesXState5(JSON.parse(range.stdout || '""') as string)) {
          problems.push(
            `@xstate/test ${version} is new, is not what npm i takes, and accepts XState 5; judge it in ${decision}, ` +
              `then add it to ${file}`,
          );
        }
      }
      notes.push(`latest is ${answer.version}, for xstate ${peer}`);
      return { problems, notes };
    } finally {
      rmSync(cache, { recursive: true, force: true });
    }
  },
};
