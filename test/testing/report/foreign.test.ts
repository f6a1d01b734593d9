/** Statecharts that somebody else wrote for another purpose, as they come from npm: their coverage, without changes. */
import { createConnectionMachine, createNodeMachine, createRequestMachine } from '@sanity/comlink';
import { expect, test } from 'vitest';
import type { AnyStateMachine } from 'xstate';
import { formatCoverage, listTransitions, testMachine } from '../../../src/testing/index.js';

const source = { postMessage() {} };
const message = { source, origin: '*', data: { id: 'm', channelId: 'c', type: 'x', data: 1 } };
const post = { type: 'post', data: { type: 'x', data: 1 } };
const request = { type: 'request', data: { type: 'x', data: 1 } };
const ends = ['request.success', 'request.failed', 'request.aborted'].map((type) => ({ type, requestId: 'r' }));

function requestInput(expectResponse: boolean) {
  const names = { channelId: 'c', domain: 'd', from: 'a', to: 'b', type: 'x', targetOrigin: '*' };
  return { ...names, data: {}, expectResponse, suppressWarnings: true, parentRef: undefined, sources: source };
}

test('a request, with `after` and `invoke`: every transition, every guard both ways', async () => {
  const machine = createRequestMachine() as unknown as AnyStateMachine;
  const events = listTransitions(machine).map(({ event }) => event);
  expect(events.some((event) => event.startsWith('xstate.after.'))).toBe(true);
  expect(events.some((event) => event.startsWith('xstate.error.actor.'))).toBe(true);
  const { report } = await testMachine(machine, {
    inputs: [requestInput(true), requestInput(false)],
    events: [{ type: 'message', data: { data: 1, responseTo: 'm' } }],
  });
  process.stdout.write(`${formatCoverage(report, { most: 3 })}\n`);
  expect(report.problems).toEqual([]);
  for (const name of ['states', 'events', 'transitions', 'transitionPairs', 'guards'] as const) {
    expect({ [name]: report.dimensions[name].uncovered }).toEqual({ [name]: [] });
  }
});

test('a connection: every transition, and both guards with and without a target', async () => {
  const machine = createConnectionMachine() as unknown as AnyStateMachine;
  const input = { name: 'a', connectTo: 'b', targetOrigin: '*' };
  const { report } = await testMachine(machine, {
    inputs: [{ ...input, target: source, heartbeat: true }, { ...input, target: source }, input],
    events: [
      post,
      request,
      ...ends.slice(0, 2),
      { type: 'message.received', message },
      { type: 'response', respondTo: 'm', data: 1 },
      { type: 'target.set', target: source },
    ],
    limit: 150,
  });
  process.stdout.write(`${formatCoverage(report, { most: 3 })}\n`);
  expect(report.problems).toEqual([]);
  expect(report.dimensions.transitions.uncovered).toEqual([]);
  expect(report.dimensions.guards.uncovered).toEqual([]);
});

test('a node whose events have no payload: what throws is told, what was not reached is uncovered', async () => {
  const { report, hints } = await testMachine(createNodeMachine(), {
    input: { name: 'a', connectTo: 'b' },
    limit: 60,
  });
  expect(report.dimensions.states.uncovered).toEqual(['node.handshaking', 'node.connected']);
  expect(hints[0]).toMatch(/^handshake\.syn threw in "idle": .*Give it a payload in `events`/);
});
