/** B-…: the context budget. Figures: 25 tokens/s of audio, 258 a video frame at one a second, 15 and 2 minutes (PROTOCOL §1). */
import { describe, expect, test } from 'vitest';
import { Budget, type BudgetLimits } from '../../../src/context/budget.js';
import { simulate } from '../../support/simulation.js';
import { virtualClock } from '../../support/virtualClock.js';

const limits: BudgetLimits = {
  contextWindowTokens: 128_000,
  triggerTokens: null,
  targetTokens: null,
  audioSessionLimitMs: 900_000,
  videoSessionLimitMs: 120_000,
  connectionLimitMs: 600_000,
};

function budget(changes: Partial<BudgetLimits> = {}) {
  const clock = virtualClock(5_000);
  const subject = new Budget(clock, { ...limits, ...changes });
  return { clock, subject };
}

describe('tokens', () => {
  test('B-01 a second of audio is 25 tokens, a frame of video 258, four characters one', () => {
    const { subject } = budget();
    subject.audio(10_000);
    expect(subject.read().tokens).toBe(250);
    subject.videoFrame();
    expect(subject.read().tokens).toBe(250 + 258);
    subject.text(400);
    expect(subject.read().tokens).toBe(250 + 258 + 100);
  });

  test('B-02 what the server reports replaces every estimate', () => {
    const { subject } = budget();
    subject.audio(60_000);
    subject.report(1_000);
    expect(subject.read()).toMatchObject({ tokens: 1_000, reportedTokens: 1_000 });
    subject.audio(4_000);
    expect(subject.read()).toMatchObject({ tokens: 1_100, reportedTokens: 1_000 });
    subject.report(400);
    expect(subject.read().tokens).toBe(400);
  });

  test('B-03 a fresh session begins empty, a resumed one goes on', () => {
    const { subject } = budget();
    subject.connected(true);
    subject.report(1_000);
    subject.connected(false);
    expect(subject.read().tokens).toBe(1_000);
    subject.connected(true);
    expect(subject.read().tokens).toBe(0);
  });
});

describe('secondsLeft', () => {
  test('B-04 with compression the trigger is the limit, and no clock', async () => {
    const { subject, clock } = budget({ triggerTokens: 25_600, targetTokens: 12_800 });
    subject.connected(true);
    subject.report(600);
    expect(subject.read().limitTokens).toBe(25_600);
    expect(subject.read().secondsLeft.audio).toBeCloseTo(25_000 / 25);
    expect(subject.read().secondsLeft.audioAndVideo).toBeCloseTo(25_000 / 283);
    await clock.tick(3_600_000);
    expect(subject.read().secondsLeft.audio).toBeCloseTo(1_000);
  });

  test('B-05 without compression the clock comes first: 15 minutes, 2 with video', async () => {
    const { subject, clock } = budget({ connectionLimitMs: 1e9 });
    subject.connected(true);
    // 128,000 tokens would be 85 minutes of audio, and 7.5 minutes with video.
    expect(subject.read()).toMatchObject({ limitedBy: 'clock', secondsLeft: { audio: 900, audioAndVideo: 120 } });
    await clock.tick(60_000);
    expect(subject.read().secondsLeft).toEqual({ audio: 840, audioAndVideo: 60 });
    expect(subject.read().fill).toBeCloseTo(60 / 900);
    subject.videoFrame();
    expect(subject.read().fill).toBeCloseTo(60 / 120);
    await clock.tick(120_000);
    expect(subject.read().secondsLeft.audioAndVideo).toBe(0);
    expect(subject.read().fill).toBeGreaterThan(1);
  });

  test('B-06 limitedBy says which comes first', async () => {
    const { subject, clock } = budget();
    subject.connected(true);
    expect(subject.read().limitedBy).toBe('connection');
    await clock.tick(301_000);
    // 599 s of the session, 299 of the connection.
    expect(subject.read()).toMatchObject({ limitedBy: 'connection', connectionSecondsLeft: 299 });
    subject.connectionEndsIn(50_000);
    expect(subject.read().connectionSecondsLeft).toBe(50);
    subject.disconnected();
    expect(subject.read()).toMatchObject({ limitedBy: 'clock', connectionSecondsLeft: 0 });
    subject.connected(false);
    subject.report(127_000);
    expect(subject.read()).toMatchObject({ limitedBy: 'tokens', secondsLeft: { audio: 40 } });
  });

  test('B-07 it never goes below 0', async () => {
    const { subject, clock } = budget();
    subject.connected(true);
    subject.report(1e6);
    await clock.tick(1e8);
    const { secondsLeft, connectionSecondsLeft, fill } = subject.read();
    expect(secondsLeft).toEqual({ audio: 0, audioAndVideo: 0 });
    expect(connectionSecondsLeft).toBe(0);
    expect(fill).toBeGreaterThan(1);
  });
});

describe('in a session', () => {
  test('B-08 audio that is sent counts at once, and agrees with the service', async () => {
    const sim = await simulate();
    await sim.speak(500);
    expect(sim.session.budget.tokens).toBe(250);
    expect(sim.emulator.contexts()[0]?.promptTokens).toBe(250);
    await sim.close();
  });

  test('B-09 nearLimit is said once, with what limits it, also while the model says nothing', async () => {
    const sim = await simulate(
      { audioSessionMs: 30_000 },
      { config: { contextWindowCompression: false }, audioSessionLimitMs: 30_000, connectionLimitMs: 1e9 },
    );
    // 28.6 s: nine tenths are over, and the next look at the budget is.
    await sim.speak(1_430);
    expect(sim.eventsOf('nearLimit')).toMatchObject([{ limitedBy: 'clock' }]);
    expect(sim.eventsOf('nearLimit')[0]?.fill).toBeGreaterThanOrEqual(0.9);
    expect(sim.session.status.current.contextWindow).toBe('nearLimit');
    await sim.close();
  });

  test('B-10 a goAway is better informed than the idea of ten minutes', async () => {
    const sim = await simulate();
    expect(sim.session.budget.connectionSecondsLeft).toBeGreaterThan(590);
    sim.session.sendClientContent({ turns: 'x', turnComplete: false });
    sim.emulator.goAway({ timeLeftMs: 50_000 });
    await sim.run(1_005);
    expect(sim.session.budget.connectionSecondsLeft).toBeCloseTo(49, 0);
    await sim.close();
  });
});
