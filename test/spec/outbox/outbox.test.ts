/**
 * O-ACC every send is accounted for · O-ORD order · O-BND bounds · O-ACT no empty activity · O-REP replay by kind ·
 * O-ACK acknowledgements. Expectations: DESIGN §5 (the rules of the outbox) and EXPECTATIONS 50, 51, 65.
 */
import { describe, expect, test } from 'vitest';
import { audio, box, exact, fresh, message, resumed, toolResponse, video } from './support.js';

const dropped = (reason: string) => ({ state: 'dropped', reason });

describe('acknowledgements', () => {
  test('O-ACK with an index: up to and with it, no clock involved', () => {
    const { outbox, connect, wire } = box();
    connect(exact);
    const receipts = [audio(), audio(), audio()].map((chunk) => outbox.accept(chunk));
    outbox.acknowledge({ epoch: 1, receivedAtMs: 0, index: 2, unsentSinceMs: Infinity }, 1e9);
    expect(receipts.map(({ outcome }) => outcome)).toEqual([{ state: 'delivered' }, { state: 'delivered' }, null]);
    expect(wire()).toHaveLength(3);
    expect(outbox.isCovered).toBe(false);
    outbox.acknowledge({ epoch: 1, receivedAtMs: 0, index: 3, unsentSinceMs: Infinity }, 1e9);
    expect(outbox.isCovered).toBe(true);
  });

  test('O-ACK index 0 is the setup: it includes no send', () => {
    const { outbox, connect } = box();
    connect(exact);
    const receipt = outbox.accept(audio());
    outbox.acknowledge({ epoch: 1, receivedAtMs: 0, index: 0, unsentSinceMs: Infinity }, 0);
    expect(receipt.outcome).toBeNull();
  });

  test('O-ACK the count starts again on each connection, and a reseed counts as its first message', () => {
    const { outbox, connect } = box();
    connect(exact);
    for (let n = 0; n < 5; n += 1) outbox.accept(audio());
    outbox.acknowledge({ epoch: 1, receivedAtMs: 0, index: 5, unsentSinceMs: Infinity }, 0);
    outbox.attach(2, () => {}, exact, 1);
    outbox.open();
    const receipt = outbox.accept(audio());
    outbox.acknowledge({ epoch: 2, receivedAtMs: 0, index: 1, unsentSinceMs: Infinity }, 0);
    expect(receipt.outcome).toBeNull();
    outbox.acknowledge({ epoch: 2, receivedAtMs: 0, index: 2, unsentSinceMs: Infinity }, 0);
    expect(receipt.outcome).toEqual({ state: 'delivered' });
  });

  test('O-ACK without an index: what was written a round trip before the handle arrived', async () => {
    const { outbox, connect, clock } = box();
    connect();
    const early = outbox.accept(audio());
    await clock.tick(100);
    const late = outbox.accept(audio());
    outbox.acknowledge({ epoch: 1, receivedAtMs: clock.now(), index: null, unsentSinceMs: Infinity }, 80);
    expect(early.outcome).toEqual({ state: 'delivered' });
    expect(late.outcome).toBeNull();
  });

  test('O-ACK what has not left the socket is in no handle, however long ago it was written', async () => {
    const { outbox, connect, clock } = box();
    connect();
    const left = outbox.accept(audio(20, 100));
    await clock.tick(20);
    const waits = outbox.accept(audio(20, 100));
    await clock.tick(10_000);
    const coverage = (unsentBytes: number) => ({
      epoch: 1,
      receivedAtMs: clock.now(),
      index: null,
      unsentSinceMs: outbox.unsentSinceMs(unsentBytes),
    });
    outbox.acknowledge(coverage(60), 80);
    expect([left.outcome, waits.outcome]).toEqual([{ state: 'delivered' }, null]);
    outbox.acknowledge(coverage(0), 80);
    expect(waits.outcome).toEqual({ state: 'delivered' });
  });

  test('O-ACK a handle of another connection says nothing about this one', () => {
    const { outbox, connect } = box();
    connect();
    connect();
    const receipt = outbox.accept(audio());
    outbox.acknowledge({ epoch: 1, receivedAtMs: Infinity, index: null, unsentSinceMs: Infinity }, 0);
    expect(receipt.outcome).toBeNull();
  });

  test('O-ACK where no handle will come, a write is the end of it', () => {
    const { outbox, connect } = box({ acknowledged: false });
    connect();
    expect(outbox.accept(audio()).outcome).toEqual({ state: 'sent' });
    expect(outbox.counts).toMatchObject({ sent: 1, unacknowledged: 0, bytes: 0 });
  });
});

describe('receipts', () => {
  test('O-ACC settled is one promise, also when read late, and never rejects', async () => {
    const { outbox, connect } = box();
    connect(exact);
    const receipt = outbox.accept(audio());
    const early = receipt.settled;
    expect(receipt.settled).toBe(early);
    outbox.acknowledge({ epoch: 1, receivedAtMs: 0, index: 1, unsentSinceMs: Infinity }, 0);
    await expect(early).resolves.toEqual({ state: 'delivered' });
    const late = outbox.accept(audio());
    outbox.end();
    await expect(late.settled).resolves.toEqual({ state: 'sent' });
  });

  test('O-ACC at the end: written is sent, held is dropped', () => {
    const { outbox, connect } = box();
    connect();
    const written = outbox.accept(audio());
    outbox.close();
    const held = outbox.accept(audio());
    const start = outbox.accept(message('activityStart'));
    outbox.end();
    expect([written, held, start].map(({ outcome }) => outcome)).toEqual([
      { state: 'sent' },
      dropped('sessionEnded'),
      dropped('sessionEnded'),
    ]);
    expect(outbox.counts).toMatchObject({ accepted: 3, sent: 1, dropped: { sessionEnded: 2 }, held: 0, bytes: 0 });
  });

  test('O-ACC an app that sends again whatever was dropped does not hold up the end', () => {
    let resent = 0;
    const { outbox, connect } = box({
      onDrop: () => {
        resent += 1;
        if (resent < 1_000) outbox.accept(audio());
      },
    });
    connect();
    outbox.close();
    outbox.accept(audio());
    outbox.end();
    expect(resent).toBeLessThan(1_000);
    const { accepted, dropped: reasons, held } = outbox.counts;
    expect(held).toBe(0);
    expect(reasons.sessionEnded).toBe(accepted);
  });

  test('O-ACC nor does it lose what it sends again during a hand-off', () => {
    const again: { outcome: unknown }[] = [];
    const { outbox, connect, wire } = box({
      onDrop: (entry) => {
        if (again.length === 0 && entry.message.kind === 'video') again.push(outbox.accept(message('text')));
      },
    });
    connect(exact);
    outbox.accept(video());
    connect(exact, false);
    expect(again).toHaveLength(1);
    outbox.open();
    expect(wire()).toHaveLength(1);
    outbox.acknowledge({ epoch: 2, receivedAtMs: 0, index: 1, unsentSinceMs: Infinity }, 0);
    expect(again[0]?.outcome).toEqual({ state: 'delivered' });
  });

  test('O-ACC after the end nothing is kept', () => {
    const { outbox, connect } = box();
    connect();
    outbox.end();
    expect(outbox.accept(audio()).outcome).toEqual(dropped('sessionEnded'));
    expect(outbox.accept(message('activityStart')).outcome).toEqual(dropped('sessionEnded'));
    expect(outbox.counts).toMatchObject({ held: 0, unacknowledged: 0, bytes: 0 });
  });
});

describe('order', () => {
  test('O-ORD what is held waits behind what is replayed, and new sends behind both', () => {
    const { outbox, connect, wire } = box();
    connect(exact);
    const sent = [audio(), message('text'), audio()];
    for (const one of sent) outbox.accept(one);
    outbox.close();
    const held = [audio(), message('text')];
    for (const one of held) outbox.accept(one);
    connect(exact);
    const next = audio();
    outbox.accept(next);
    expect(wire()).toEqual([...sent, ...held, next].map(({ text }) => text));
  });

  test('O-ORD tool responses are replayed first', () => {
    const { outbox, connect, wire } = box();
    connect(exact);
    const chunk = audio();
    const result = toolResponse('a');
    outbox.accept(chunk);
    outbox.accept(result);
    connect(exact);
    expect(wire()).toEqual([result.text, chunk.text]);
  });

  test('O-ORD a connection that dies before it was used costs nothing', () => {
    const { outbox, connect, wire } = box();
    connect(exact);
    const chunks = [audio(), audio(), audio()];
    for (const chunk of chunks) outbox.accept(chunk);
    connect(exact, false);
    connect(exact, false);
    const report = connect(exact);
    expect(wire()).toEqual(chunks.map(({ text }) => text));
    expect(report).toMatchObject({ replayed: 3, dropped: 0 });
  });
});

describe('replay by kind', () => {
  test.each([
    { kind: 'audio', rules: resumed, ends: null },
    { kind: 'audio', rules: { ...resumed, late: true }, ends: dropped('lateResume') },
    { kind: 'audio', rules: { ...resumed, refusedContent: true }, ends: dropped('refusedByService') },
    { kind: 'audio', rules: fresh, ends: null },
    { kind: 'video', rules: resumed, ends: dropped('videoIsNotReplayed') },
    { kind: 'video', rules: exact, ends: dropped('videoIsNotReplayed') },
    { kind: 'text', rules: { ...resumed, late: true }, ends: null },
    { kind: 'text', rules: { ...resumed, refusedContent: true }, ends: dropped('refusedByService') },
    { kind: 'audioStreamEnd', rules: resumed, ends: null },
    { kind: 'contextUpdate', rules: { ...resumed, late: true }, ends: null },
    { kind: 'toolResponse', rules: { ...resumed, knowsCall: () => false }, ends: dropped('callUnknown') },
    { kind: 'toolResponse', rules: resumed, ends: null },
    { kind: 'content', rules: resumed, ends: null },
  ] as const)('O-REP $kind, late $rules.late, refused $rules.refusedContent', ({ kind, rules, ends }) => {
    const { outbox, connect, wire, drops } = box();
    connect();
    const receipt = outbox.accept(message(kind, { callIds: ['a'] }));
    const report = connect(rules);
    expect(receipt.outcome).toEqual(ends);
    expect(wire()).toHaveLength(ends ? 0 : 1);
    expect(report).toMatchObject({ replayed: ends ? 0 : 1, dropped: ends ? 1 : 0 });
    expect(drops).toHaveLength(ends ? 1 : 0);
    if (ends) return;
    outbox.acknowledge({ epoch: 2, receivedAtMs: Infinity, index: null, unsentSinceMs: Infinity }, 0);
    expect(receipt.outcome).toMatchObject({ state: 'replayed' });
  });

  test('O-REP audio older than replayAudioMs is too old', async () => {
    const { outbox, connect, clock } = box();
    connect();
    const old = outbox.accept(audio());
    await clock.tick(6_000);
    const young = outbox.accept(audio());
    await clock.tick(6_000);
    connect({ ...resumed, replayAudioMs: 10_000 });
    expect(old.outcome).toEqual(dropped('tooOld'));
    expect(young.outcome).toBeNull();
  });

  test('O-REP content for a model that takes none in mid-session: plain text goes as text, else it is reported', () => {
    const { outbox, connect, wire } = box();
    connect();
    const text = outbox.accept(message('content', { userText: 'Hi', turnComplete: true }));
    const open = outbox.accept(message('content', { userText: 'Hi', turnComplete: false }));
    const history = outbox.accept(message('content', { turnComplete: true }));
    connect({ ...resumed, takesContent: false });
    expect(wire().map((line) => JSON.parse(line) as unknown)).toEqual([{ realtimeInput: { text: 'Hi' } }]);
    expect([open, history].map(({ outcome }) => outcome)).toEqual([
      dropped('modelRefusesContent'),
      dropped('modelRefusesContent'),
    ]);
    outbox.acknowledge({ epoch: 2, receivedAtMs: Infinity, index: null, unsentSinceMs: Infinity }, 0);
    expect(text.outcome).toMatchObject({ state: 'replayed' });
  });

  test('E-50 O-REP a response that was still waiting goes nowhere when nobody is left who asked', () => {
    const { outbox, connect, wire } = box();
    connect();
    outbox.close();
    const receipt = outbox.accept(toolResponse('lost'));
    const report = connect({ ...resumed, knowsCall: (id) => id !== 'lost' });
    expect(receipt.outcome).toEqual(dropped('callUnknown'));
    expect(wire()).toEqual([]);
    expect(report.dropped).toBe(1);
  });

  test('O-REP the possible doubles are those written before the handle arrived, and each is counted once', async () => {
    const { outbox, connect, clock } = box();
    connect();
    const before = outbox.accept(audio());
    await clock.tick(10);
    const handleReceivedAtMs = clock.now();
    await clock.tick(10);
    const after = outbox.accept(audio());
    expect(connect({ ...resumed, handleReceivedAtMs })).toMatchObject({ replayed: 2, possiblyDoubled: 1 });
    connect({ ...resumed, handleReceivedAtMs });
    outbox.acknowledge({ epoch: 3, receivedAtMs: Infinity, index: null, unsentSinceMs: Infinity }, 0);
    expect(before.outcome).toEqual({ state: 'replayed', possibleDouble: true });
    expect(after.outcome).toEqual({ state: 'replayed', possibleDouble: false });
    expect(outbox.counts.possiblyDoubled).toBe(1);
  });

  test('O-REP with an index, and on a fresh session, nothing is doubled', async () => {
    for (const rules of [exact, fresh]) {
      const { outbox, connect, clock } = box();
      connect();
      outbox.accept(audio());
      await clock.tick(10);
      expect(connect({ ...rules, handleReceivedAtMs: clock.now() }).possiblyDoubled).toBe(0);
    }
  });
});

describe('activities', () => {
  const start = () => message('activityStart');
  const end = () => message('activityEnd');

  test('E-65 O-ACT start and end with nothing in between are never written', () => {
    const { outbox, connect, wire } = box();
    connect();
    const receipts = [start(), end()].map((mark) => outbox.accept(mark));
    expect(wire()).toEqual([]);
    expect(receipts.map(({ outcome }) => outcome)).toEqual([dropped('emptyActivity'), dropped('emptyActivity')]);
  });

  test('E-65 O-ACT with audio in it, all of it is written, in order', () => {
    const { outbox, connect, wire } = box();
    connect();
    const marks = [start(), audio(), audio(), end()];
    for (const mark of marks) outbox.accept(mark);
    expect(wire()).toEqual(marks.map(({ text }) => text));
  });

  test('E-65 O-ACT text is no activity: start, text, end writes the text', () => {
    const { outbox, connect, wire } = box();
    connect();
    const text = message('text');
    for (const one of [start(), text, end()]) outbox.accept(one);
    expect(wire()).toEqual([text.text]);
  });

  test('E-65 O-ACT a second start before any audio replaces the first', () => {
    const { outbox, connect, wire } = box();
    connect();
    for (const one of [start(), start(), end()]) outbox.accept(one);
    expect(wire()).toEqual([]);
    expect(outbox.counts.dropped).toEqual({ emptyActivity: 3 });
  });

  test.each([
    ['too old', { ...resumed, replayAudioMs: 0 }],
    ['a late resume', { ...resumed, late: true }],
  ])('E-65 O-ACT not even when its audio is given up: %s', async (_, rules) => {
    const { outbox, connect, wire, clock } = box();
    connect();
    const text = message('text');
    for (const one of [start(), audio(), text, end()]) outbox.accept(one);
    await clock.tick(5);
    connect(rules);
    expect(wire()).toEqual([text.text]);
  });

  test('E-65 O-ACT nor when its audio did not fit, and no connection was swapped', () => {
    const { outbox, connect, wire } = box({ limits: { maxAudioMs: 30, maxBytes: 1e6, maxControlItems: 10 } });
    connect();
    outbox.close();
    for (const one of [start(), audio(), end(), start(), audio()]) outbox.accept(one);
    outbox.open();
    const last = end();
    outbox.accept(last);
    expect(wire().map((line) => (JSON.parse(line) as { kind: string }).kind)).toEqual([
      'activityStart',
      'audio',
      'activityEnd',
    ]);
  });

  test('O-ACT a start whose audio did not fit waits for more', () => {
    const { outbox, connect, wire } = box({ limits: { maxAudioMs: 30, maxBytes: 1e6, maxControlItems: 10 } });
    connect();
    outbox.close();
    outbox.accept(start());
    outbox.accept(audio(40));
    outbox.open();
    expect(wire()).toEqual([]);
    outbox.accept(audio());
    expect(wire()).toHaveLength(2);
    outbox.accept(end());
    expect(wire()).toHaveLength(3);
  });
});

describe('bounds', () => {
  test('O-BND audio keeps the newest', () => {
    const { outbox, connect, wire } = box({ limits: { maxAudioMs: 100, maxBytes: 1e6, maxControlItems: 10 } });
    connect();
    outbox.close();
    const chunks = Array.from({ length: 10 }, () => audio(20));
    const receipts = chunks.map((chunk) => outbox.accept(chunk));
    outbox.open();
    expect(wire()).toEqual(chunks.slice(5).map(({ text }) => text));
    expect(receipts.map(({ outcome }) => outcome?.state ?? 'open')).toEqual([
      ...Array.from({ length: 5 }, () => 'dropped'),
      ...Array.from({ length: 5 }, () => 'open'),
    ]);
  });

  test('O-BND control keeps the oldest', () => {
    const { outbox, connect, wire } = box({ limits: { maxAudioMs: 100, maxBytes: 1e6, maxControlItems: 3 } });
    connect();
    outbox.close();
    const texts = Array.from({ length: 5 }, () => message('text'));
    const receipts = texts.map((text) => outbox.accept(text));
    outbox.open();
    expect(wire()).toEqual(texts.slice(0, 3).map(({ text }) => text));
    expect(receipts.slice(3).map(({ outcome }) => outcome)).toEqual([dropped('overflow'), dropped('overflow')]);
  });

  test('O-BND bytes bound everything, and audio goes before control', () => {
    const { outbox, connect } = box({ limits: { maxAudioMs: 1e6, maxBytes: 1_000, maxControlItems: 100 } });
    connect();
    outbox.close();
    const chunk = outbox.accept(audio(20, 900));
    const text = outbox.accept(message('text', { bytes: 200 }));
    expect(chunk.outcome).toEqual(dropped('overflow'));
    expect(text.outcome).toBeNull();
    expect(outbox.counts.bytes).toBe(200);
  });

  test('O-BND what was written and then forgotten was sent, not lost', () => {
    const { outbox, connect } = box({ limits: { maxAudioMs: 50, maxBytes: 1e6, maxControlItems: 10 } });
    connect();
    const receipts = [audio(), audio(), audio()].map((chunk) => outbox.accept(chunk));
    expect(receipts[0]?.outcome).toEqual({ state: 'sent' });
  });

  test('O-BND high water is said once on the way up, low water once on the way down', () => {
    const { outbox, connect, water } = box({ limits: { maxAudioMs: 1e6, maxBytes: 1_000, maxControlItems: 10 } });
    connect(exact);
    for (let n = 0; n < 9; n += 1) outbox.accept(audio(20, 100));
    expect(water).toEqual(['high']);
    outbox.acknowledge({ epoch: 1, receivedAtMs: 0, index: 4, unsentSinceMs: Infinity }, 0);
    expect(water).toEqual(['high']);
    outbox.acknowledge({ epoch: 1, receivedAtMs: 0, index: 9, unsentSinceMs: Infinity }, 0);
    expect(water).toEqual(['high', 'low']);
  });
});
