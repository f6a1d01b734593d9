/**
 * The page of the emulator: what is connected, what goes wrong, what happened. Served by server/page.ts, compiled with
 * the rest and run by the browser as it is.
 *
 * Owns when what is asked anew: each second, and soon after something happened.
 */
import type { EmulatorState } from '../control/state.js';
import { ask, every } from './api.js';
import { showConnections, startOrders } from './connections.js';
import { byId, say } from './element.js';
import { refreshFaults, startFaults } from './faults.js';
import { startLog } from './log.js';
import { startOptions } from './options.js';

const reach = byId('reach', HTMLParagraphElement);
const baseUrl = byId('base-url', HTMLInputElement);
const gone = 'The emulator does not answer. Is it still running?';
let isAsking = false;

async function refresh(): Promise<void> {
  if (isAsking) return;
  isAsking = true;
  const state = await ask<EmulatorState>('GET', 'state?ended=20');
  if (state !== null) {
    // As this browser reaches it: a container's own address would help nobody.
    baseUrl.value = location.origin;
    showConnections(state);
    await refreshFaults();
  }
  isAsking = false;
  const pace = state === null || state.speed === 1 ? '' : `, at ${state.speed} times the speed`;
  if (state === null) return say(reach, gone);
  const isProxy = state.target !== null;
  say(reach, isProxy ? `Faults in front of ${state.target}.` : `Running${pace}.`);
  for (const id of ['order-say', 'order-call']) byId(id, HTMLFormElement).hidden = isProxy;
  const options = byId('options-section', HTMLElement);
  if (options.hidden && !isProxy) void startOptions();
  options.hidden = isProxy;
}

byId('copy', HTMLButtonElement).onclick = async ({ currentTarget }) => {
  baseUrl.select();
  await navigator.clipboard.writeText(baseUrl.value);
  if (currentTarget instanceof HTMLButtonElement) say(currentTarget, 'Copied');
};

startOrders();
await Promise.all([
  startFaults(),
  startLog(
    () => void refresh(),
    (up) => void (up ? refresh() : say(reach, gone)),
  ),
]);
every(1_000, refresh);
