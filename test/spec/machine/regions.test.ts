/** The context, resumability and turn regions: S-CTX-…, S-RES-…, S-TURN-…, on the real actor. */
import { describe, expect, test } from 'vitest';
import { activeSession, ends, handle, on, startSession } from '../../support/machine.js';

describe('context', () => {
  test('S-CTX-01 nearLimitFill of the limit is near it, below is filling', () => {
    const session = activeSession({ nearLimitFill: 0.8 });
    session.send(on.measured(799, 0.799));
    expect(session.window).toBe('filling');
    session.send(on.measured(800, 0.8));
    expect(session.window).toBe('nearLimit');
    expect(session.emittedOf('nearLimit')).toEqual([{ type: 'nearLimit', tokens: 800, fill: 0.8 }]);
    session.send(on.measured(820, 0.82));
    expect(session.emittedOf('nearLimit')).toHaveLength(1);
    session.send(on.measured(790, 0.79));
    expect(session.window).toBe('filling');
  });

  test('S-CTX-02 a fall of the reported size is a slide, counted each time', () => {
    const session = activeSession();
    session.send(on.measured(1_000, 0.7), on.measured(500, 0.35));
    expect(session.window).toBe('compressed');
    session.send(on.measured(300, 0.2));
    expect(session.emittedOf('compressed')).toEqual([
      { type: 'compressed', tokens: 500, count: 1 },
      { type: 'compressed', tokens: 300, count: 2 },
    ]);
    session.send(on.measured(320, 0.22));
    expect(session.window).toBe('filling');
  });

  test('S-CTX-02 a smaller fall is none', () => {
    const session = activeSession();
    session.send(on.measured(1_000, 0.7), on.measured(901, 0.63));
    expect(session.window).toBe('filling');
    expect(session.context.compressions).toBe(0);
  });

  test('S-CTX-02 without compression a fall is none', () => {
    const session = activeSession({ compression: false });
    session.send(on.measured(1_000, 0.7), on.measured(100, 0.1));
    expect(session.context.compressions).toBe(0);
  });

  test('S-CTX-02 across connections only a fall from near the limit is a slide', () => {
    const lost = activeSession();
    lost.send(on.measured(1_000, 0.5), on.ended(), on.established(2), on.measured(100, 0.05, 2));
    expect(lost.context.compressions).toBe(0);
    const slid = activeSession();
    slid.send(on.measured(1_000, 0.9), on.ended(), on.established(2), on.measured(500, 0.45, 2));
    expect(slid.context.compressions).toBe(1);
  });

  test('S-CTX-03 at the limit without compression the context is exhausted, and stays so', () => {
    const session = activeSession({ compression: false });
    session.send(on.measured(999, 0.999));
    expect(session.window).toBe('nearLimit');
    session.send(on.measured(1_000, 1));
    expect(session.window).toBe('exhausted');
    session.send(on.measured(100, 0.1));
    expect(session.window).toBe('exhausted');
    expect(session.emittedOf('exhausted')).toEqual([{ type: 'exhausted', tokens: 1_000 }]);
  });

  test('S-CTX-03 with compression a full window is near its limit', () => {
    const session = activeSession();
    session.send(on.measured(1_000, 1));
    expect(session.window).toBe('nearLimit');
  });

  test('S-CTX-04 a fresh server session empties the window', async () => {
    const session = activeSession({ compression: false });
    session.send(on.measured(1_000, 1), on.ended());
    session.reseed.resolve({ restores: true });
    await session.tick(0);
    session.send(on.established(2));
    expect(session.window).toBe('filling');
    expect(session.context).toMatchObject({ tokens: 0, fill: 0, reportedTokens: 0 });
  });

  test('S-CTX-04 a resumed one does not', () => {
    const session = activeSession();
    session.send(on.measured(900, 0.9), on.ended(), on.established(2));
    expect(session.window).toBe('nearLimit');
    expect(session.context.tokens).toBe(900);
  });

  test('S-CTX-05 our own estimates never count as a slide', () => {
    const session = activeSession();
    session.send(on.measured(1_000, 0.9), on.estimated(100, 0.1));
    expect(session.window).toBe('filling');
    expect(session.context.compressions).toBe(0);
    session.send(on.estimated(2_000, 0.5), on.measured(950, 0.7));
    expect(session.context.compressions).toBe(0);
  });
});

describe('resumability', () => {
  test('S-RES-01 off ignores every update', () => {
    const session = startSession({ resumption: false });
    session.send(on.connect, on.established(), on.handleUpdate(handle(1)), on.notResumable(true));
    expect(session.resumability).toBe('off');
    expect(session.context.handle).toBeNull();
  });

  test('S-RES-01 asked for, it is none until the first handle', () => {
    const session = startSession();
    expect(session.resumability).toBe('none');
    session.send(on.connect, on.established(), on.notResumable());
    expect(session.resumability).toBe('none');
    session.send(on.handleUpdate(handle(1)));
    expect(session.resumability).toBe('held');
  });

  test('S-RES-01 a handle that the app brought is held from the start', () => {
    expect(startSession({}, handle(7, 0)).resumability).toBe('held');
  });

  test('S-RES-02 a handle replaces the stored one, an update without a handle never does', () => {
    const session = activeSession();
    session.send(on.handleUpdate(handle(2)));
    expect(session.context.handle).toEqual(handle(2));
    session.send(on.notResumable(), on.notResumable(true));
    expect(session.context.handle).toEqual(handle(2));
  });

  test('S-RES-03 an update without a handle pauses, the next handle resumes held', () => {
    const session = activeSession();
    session.send(on.notResumable());
    expect(session.resumability).toBe('paused');
    session.send(on.handleUpdate(handle(2)));
    expect(session.resumability).toBe('held');
    expect(session.context.handle?.seq).toBe(2);
  });

  test.each([false, true])('S-RES-04 an explicit no drops the handle by policy drop (paused before: %s)', (paused) => {
    const session = activeSession({ onNotResumable: 'drop' });
    if (paused) session.send(on.notResumable(false));
    expect(session.context.handle).not.toBeNull();
    session.send(on.notResumable(true));
    expect(session.resumability).toBe('none');
    expect(session.context.handle).toBeNull();
    expect(session.emittedOf('handleDropped')).toEqual([{ type: 'handleDropped', meaning: 'notResumable' }]);
  });

  test('S-RES-04 policy keep keeps it', () => {
    const session = activeSession({ onNotResumable: 'keep' });
    session.send(on.notResumable(true));
    expect(session.resumability).toBe('paused');
    expect(session.context.handle).toEqual(handle(1));
  });

  test.each([false, true])(
    'S-RES-05 a handle dropped by the connection region leads to none (paused: %s)',
    (paused) => {
      const session = activeSession({ handleRetries: 0 });
      if (paused) session.send(on.notResumable());
      session.send(on.ended(), on.refused(ends.handleDead, 2));
      expect(session.resumability).toBe('none');
    },
  );
});

describe('turn', () => {
  test('S-TURN-01 a client turn left open is composing until it is sent, also over a swap', () => {
    const session = activeSession();
    session.send(on.turnOpened);
    expect(session.turn).toBe('composing');
    session.send(on.ended(), on.established(2));
    expect(session.turn).toBe('composing');
    session.send(on.turnSent);
    expect(session.turn).toBe('generating');
  });

  test('S-TURN-02 a turn that was sent is answered from that moment', () => {
    const session = activeSession();
    session.send(on.turnSent);
    expect(session.turn).toBe('generating');
  });

  test('S-TURN-03 generationComplete, then turnComplete', () => {
    const session = activeSession();
    session.send(on.output, on.generationComplete);
    expect(session.turn).toBe('playing');
    session.send(on.turnComplete());
    expect(session.turn).toBe('quiet');
    expect(session.emittedOf('turnComplete')).toHaveLength(1);
  });

  test('S-TURN-03 an interaction in progress leads back to generating', () => {
    const session = activeSession();
    session.send(on.output, on.turnComplete(true));
    expect(session.turn).toBe('generating');
    session.send(on.generationComplete, on.turnComplete(true));
    expect(session.turn).toBe('generating');
  });

  test('S-TURN-04 speech lasts until the model answers or the server says silence', () => {
    const session = activeSession();
    session.send(on.userSpeech);
    expect(session.turn).toBe('userSpeaking');
    session.send(on.userSilent);
    expect(session.turn).toBe('quiet');
    session.send(on.activityStart, on.output);
    expect(session.turn).toBe('generating');
  });

  test('S-TURN-04 … or until speechPauseMs pass without more of it', async () => {
    const session = activeSession({ speechPauseMs: 3_000 });
    session.send(on.userSpeech);
    await session.tick(2_000);
    session.send(on.userSpeech);
    await session.tick(2_999);
    expect(session.turn).toBe('userSpeaking');
    await session.tick(1);
    expect(session.turn).toBe('quiet');
  });

  test.each([false, true])('S-TURN-05 interrupted ends a generation or its playing (playing: %s)', (playing) => {
    const session = activeSession();
    session.send(on.output);
    if (playing) session.send(on.generationComplete);
    session.send(on.interrupted);
    expect(session.turn).toBe('userSpeaking');
    expect(session.emittedOf('interrupted')).toHaveLength(1);
    session.send(on.turnComplete());
    expect(session.turn).toBe('userSpeaking');
  });

  test('S-TURN-06 a tool call is pending until every id is answered or cancelled', () => {
    const session = activeSession();
    session.send(on.toolCall('a', 'b'), on.toolCall('c'));
    session.send(on.turnComplete(), on.toolResponse('a'));
    expect(session.turn).toBe('callingTools');
    expect(session.context.pendingCalls).toEqual(['b', 'c']);
    session.send(on.toolCallCancellation('b'), on.toolResponse('c'));
    expect(session.turn).toBe('generating');
    expect(session.context.pendingCalls).toEqual([]);
  });

  test('S-TURN-06 a call whose last id is cancelled is over', () => {
    const session = activeSession();
    session.send(on.toolCall('a'), on.toolResponse('unknown'));
    expect(session.turn).toBe('callingTools');
    session.send(on.toolCallCancellation('a'));
    expect(session.turn).toBe('quiet');
  });

  const inProgress = [
    ['generating', [on.output]],
    ['playing', [on.output, on.generationComplete]],
    ['userSpeaking', [on.userSpeech]],
    ['callingTools', [on.toolCall('a')]],
  ] as const;

  test.each(inProgress)('S-TURN-07 a new connection has no %s in progress', (state, events) => {
    const session = activeSession();
    session.send(...events);
    expect(session.turn).toBe(state);
    session.send(on.ended(), on.established(2));
    expect(session.turn).toBe('quiet');
    expect(session.context.pendingCalls).toEqual([]);
  });
});
