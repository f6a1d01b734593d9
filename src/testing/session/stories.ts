/**
 * The lifecycle stories: what a session over many connections has to come through, and how it is judged.
 *
 * Owns the stories, after docs/GUARANTEES.md. The judge is the emulator's record of what its model heard.
 */
import type { Account } from '../../emulator/record/lineage.js';
import type { SessionAdapter, StoryOptions } from './adapter.js';
import { expectThat, type NamedCase } from './namedCase.js';
import { Stage } from './stage.js';

interface Story {
  readonly name: string;
  /** The service helps: then nothing may be heard twice. */
  readonly announced: boolean;
  play(stage: Stage, timeLeftMs: number): Promise<void>;
}

const cut = { how: 'rst' } as const;

const stories: readonly Story[] = [
  {
    name: 'it is answered, and the model hears all that is said',
    announced: true,
    async play(stage) {
      await stage.talk('Hello.');
      await stage.speak(20);
      await stage.talk('Are you there?');
    },
  },
  {
    name: 'a goAway: it leaves before its time is over, and the model misses nothing',
    announced: true,
    async play(stage, timeLeftMs) {
      await stage.talk('Hello.');
      await stage.speak(30);
      stage.emulator.goAway({ timeLeftMs });
      await goesOn(stage, { resumes: true });
      leftByItself(stage);
    },
  },
  {
    name: 'a goAway, and silence after it: it leaves all the same',
    // No handle that covers what was said last can come any more.
    announced: false,
    async play(stage, timeLeftMs) {
      await stage.speak(30);
      stage.emulator.configure({ silentAfterGoAway: true });
      stage.emulator.goAway({ timeLeftMs });
      await goesOn(stage, { resumes: true });
      leftByItself(stage);
    },
  },
  {
    name: 'a cut without notice: it resumes, and the model misses nothing',
    announced: false,
    async play(stage) {
      await stage.speak(30);
      stage.emulator.cut(cut);
      await goesOn(stage, { resumes: true });
    },
  },
  {
    name: 'a close with a reason of the service: it resumes, and the model misses nothing',
    announced: false,
    async play(stage) {
      await stage.speak(30);
      stage.emulator.cut({ how: 'close', code: 1011, reason: 'Internal error encountered.' });
      await goesOn(stage, { resumes: true });
    },
  },
  {
    name: 'a service that is down for a while: it comes back by itself',
    announced: false,
    async play(stage) {
      await stage.speak(30);
      stage.emulator.refuseDials({ times: 2, status: 0 });
      stage.emulator.cut(cut);
      await goesOn(stage, { resumes: true });
    },
  },
  {
    name: 'a refused handle: it begins a fresh session, and can be talked to',
    announced: false,
    async play(stage) {
      await stage.speak(30);
      stage.emulator.forgetHandles();
      stage.emulator.cut(cut);
      await goesOn(stage, { resumes: false });
    },
  },
  {
    name: 'a half-open link: it is noticed, and left',
    announced: false,
    async play(stage) {
      await stage.speak(30);
      stage.emulator.cut({ how: 'halfOpen' });
      await goesOn(stage, { resumes: true });
    },
  },
  {
    name: 'stop() leaves nothing open, and nothing comes after it',
    announced: true,
    async play(stage) {
      await stage.speak(10);
      await endsCleanly(stage);
    },
  },
  {
    name: 'stop() while it has no connection ends the dials too',
    announced: false,
    async play(stage) {
      stage.emulator.refuseDials({ times: 1_000, status: 0 });
      stage.emulator.cut(cut);
      await stage.until(() => stage.app.status() !== 'up' && stage.dials > 1, 'the app to notice, and to dial again');
      await endsCleanly(stage);
    },
  },
];

/** Another connection takes over while the user speaks on, resumed or fresh; and the model can be talked to. */
async function goesOn(stage: Stage, { resumes }: { readonly resumes: boolean }): Promise<void> {
  const kept = (resumedFrom: number | null): boolean => (resumedFrom !== null) === resumes;
  const next = () => stage.ready.some(({ id, resumedFrom }) => id > 1 && kept(resumedFrom));
  await stage.speakUntil(next, `a ${resumes ? 'connection that resumes the session' : 'fresh session'}`, 25);
  await stage.until(() => stage.app.status() === 'up', 'status() to be "up" again');
  await stage.talk('Are you there?');
}

function leftByItself(stage: Stage): void {
  const [first] = stage.emulator.connections;
  expectThat(
    first?.endedBy === 'client',
    `The service had to close connection 1 (${first?.closeCode} ${first?.reason}): the app did not leave after goAway.`,
  );
}

async function endsCleanly(stage: Stage): Promise<void> {
  await stage.stop();
  await stage.until(() => stage.emulator.liveConnections.length === 0, 'the last connection to be closed by stop()');
  const { dials } = stage;
  await stage.pass(1_000);
  expectThat(stage.dials === dials, `After stop() it dialled ${stage.dials - dials} more times.`);
  expectThat(stage.app.status() === 'ended', `After stop() status() is "${stage.app.status()}".`);
}

function judge(account: Account<number>, { announced }: Story, { limits = {} }: StoryOptions): void {
  const { lost = 0, doubled = 0, doubledAfterCut = 25, reordered = 0 } = limits;
  const most = { lost, doubled: announced ? doubled : doubledAfterCut, reordered };
  for (const what of ['lost', 'doubled', 'reordered'] as const) {
    const count = account[what].length;
    if (count <= most[what]) continue;
    const which = `${account[what].slice(0, 10).join(', ')}${count > 10 ? ' …' : ''}`;
    const all = `lost ${account.lost.length}, doubled ${account.doubled.length}, reordered ${account.reordered.length}`;
    expectThat(false, `Of ${account.heard + account.lost.length} chunks: ${all}. ${what}: ${which}.`);
  }
}

/**
 * The stories as named cases, for a runner that has no `describe`: `describeSession` takes them from here.
 *
 * `run` rejects with a KitError that says what the app did not do, or which chunks the model missed.
 */
export function sessionStories(adapter: SessionAdapter, options: StoryOptions = {}): readonly NamedCase[] {
  return stories.map((story) => ({
    name: story.name,
    async run() {
      const stage = await Stage.set(adapter, options);
      try {
        await story.play(stage, options.timeLeftMs ?? 2_000);
        const account = await stage.account();
        options.report?.(story.name, account);
        judge(account, story, options);
      } finally {
        await stage.clear();
      }
    },
  }));
}
