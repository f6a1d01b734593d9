/** Tool calls over rotations: EXPECTATIONS 21, 49, 50, 62 and DESIGN §5 (bound to the epoch that asked). */
import { expect, test } from 'vitest';
import { ToolCalls } from '../../../src/outbox/toolCalls.js';
import { simulate, type Simulation } from '../../support/simulation.js';

const answer = (sim: Simulation, ...ids: string[]) =>
  sim.session.sendToolResponse({
    functionResponses: ids.map((id) => ({ id, name: 'weather', response: { output: 'rain' } })),
  });

const ignored = (sim: Simulation) => sim.emulator.log.filter(({ what }) => what === 'toolResponseIgnored');

test('E-21 a call and its cancellation are handed on with their ids', async () => {
  const sim = await simulate();
  const calls: unknown[] = [];
  sim.session.messages$.subscribe(({ toolCall, toolCallCancellation }) => {
    if (toolCall) calls.push(toolCall.functionCalls?.map(({ id, name, args }) => ({ id, name, args })));
    if (toolCallCancellation) calls.push(toolCallCancellation.ids);
  });
  const [id = ''] = sim.emulator.callTool('weather', { place: 'Rome' });
  await sim.run(50);
  sim.session.sendClientContent({ turns: 'Never mind' });
  await sim.run(50);
  expect(calls).toEqual([[{ id, name: 'weather', args: { place: 'Rome' } }], [id]]);
  expect(sim.session.status.current.turn).not.toBe('callingTools');
  await sim.close();
});

test('E-50 a response to a call that the resumed handle does not know is reported, and not sent into the void', async () => {
  const sim = await simulate();
  await sim.run(2_000);
  const [id = ''] = sim.emulator.callTool('weather');
  await sim.run(50);
  sim.emulator.cut({ how: 'rst' });
  await sim.run(1_000);
  const receipt = answer(sim, id);
  expect(receipt.outcome).toEqual({ state: 'dropped', reason: 'callUnknown' });
  expect(sim.eventsOf('dropped')).toMatchObject([{ kind: 'toolResponse', reason: 'callUnknown', seq: receipt.seq }]);
  await sim.run(1_000);
  expect(ignored(sim)).toEqual([]);
  await sim.close();
});

test('E-50 the same when the response was written just before the cut, and no handle includes the call', async () => {
  const sim = await simulate();
  await sim.run(2_000);
  const [id = ''] = sim.emulator.callTool('weather');
  await sim.run(50);
  const receipt = answer(sim, id);
  await sim.run(1);
  sim.emulator.cut({ how: 'rst' });
  await sim.run(3_000);
  expect(ignored(sim)).toEqual([]);
  expect(receipt.outcome).toEqual({ state: 'dropped', reason: 'callUnknown' });
  await sim.close();
});

test('E-50 the same when the response was held while there was no connection', async () => {
  const sim = await simulate();
  await sim.run(2_000);
  const [id = ''] = sim.emulator.callTool('weather');
  await sim.run(50);
  sim.emulator.cut({ how: 'rst' });
  await sim.run(20);
  const receipt = answer(sim, id);
  await sim.run(2_000);
  expect(receipt.outcome).toEqual({ state: 'dropped', reason: 'callUnknown' });
  expect(ignored(sim)).toEqual([]);
  await sim.close();
});

test('E-62 several calls: the turn goes on after the last response', async () => {
  const sim = await simulate();
  await sim.run(2_000);
  const ids = [...sim.emulator.callTool('weather'), ...sim.emulator.callTool('weather')];
  // The second call of the emulator interrupts the first; the chart must follow the cancellation.
  await sim.run(50);
  expect(sim.session.status.current.turn).toBe('callingTools');
  answer(sim, ids[1] ?? '');
  await sim.run(50);
  expect(sim.session.status.current.turn).toBe('generating');
  await sim.close();
});

test('E-62 two calls in one message wait for both', async () => {
  const sim = await simulate();
  await sim.run(2_000);
  sim.emulator.send({
    toolCall: {
      functionCalls: [
        { id: 'a', name: 'weather' },
        { id: 'b', name: 'weather' },
      ],
    },
  });
  await sim.run(50);
  answer(sim, 'a');
  await sim.run(50);
  expect(sim.session.status.current.turn).toBe('callingTools');
  answer(sim, 'b');
  await sim.run(50);
  expect(sim.session.status.current.turn).toBe('generating');
  await sim.close();
});

test('on Vertex AI calls may come without ids, and a turnComplete around them changes nothing', async () => {
  const sim = await simulate({ provider: 'vertex' });
  await sim.run(2_000);
  sim.emulator.send({ toolCall: { functionCalls: [{ name: 'weather' }] } });
  sim.emulator.send({ serverContent: { turnComplete: true } });
  await sim.run(50);
  expect(sim.session.status.current.turn).toBe('callingTools');
  sim.session.sendToolResponse({ functionResponses: [{ name: 'weather', response: {} }] });
  await sim.run(50);
  expect(sim.session.status.current.turn).toBe('generating');
  await sim.close();
});

test('the ledger forgets the oldest answered calls, and never an open one', () => {
  const calls = new ToolCalls();
  calls.asked(['open'], 10);
  for (let n = 0; n < 2_000; n += 1) {
    calls.asked([`call-${n}`], 10);
    calls.answered([`call-${n}`]);
  }
  calls.handedOver(5);
  expect(calls.isKnown('open')).toBe(false);
  expect(calls.isKnown('call-1999')).toBe(false);
  expect(calls.isKnown('call-0')).toBe(true);
  expect(calls.isKnown('never heard of')).toBe(true);
});
