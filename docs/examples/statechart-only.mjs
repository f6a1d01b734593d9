/**
 * The statechart alone, driven with a WebSocket of your own: package `ws` against the emulator's server.
 *
 *   idle → connecting → active → goingAway → resuming → active → closing → closed
 *
 * The chart decides; this file dials, reports what the socket does, and keeps the handles, which the chart knows by
 * number only.
 */
import { startEmulatorServer } from 'gemini-lifeline/emulator/server';
import { createSessionActor, defaultPolicy, hasEnded, lifecycleOf } from 'gemini-lifeline/machines';
import { WebSocket } from 'ws';

const { baseUrl, emulator, close } = await startEmulatorServer();
const url = `${baseUrl.replace('http', 'ws')}/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent`;
const model = 'models/gemini-live-2.5-flash-preview';
const handles = [];
let socket = null;

const actor = createSessionActor({
  input: { policy: { ...defaultPolicy, compression: false, afterExpiry: 'fresh' }, handle: null },
  clock: globalThis,
  world: { dial, prepareReseed: async () => ({ restores: false }), shutDown: async () => socket?.close() },
});

function dial({ epoch, handle }, answer) {
  // Break before make: the server refuses a resume while it still sees the old socket.
  socket?.close();
  const ws = new WebSocket(`${url}?key=none`);
  socket = ws;
  let isUp = false;
  ws.on('open', () => {
    const sessionResumption = handle ? { handle: handles[handle.seq] } : {};
    ws.send(
      JSON.stringify({ setup: { model, generationConfig: { responseModalities: ['TEXT'] }, sessionResumption } }),
    );
  });
  ws.on('message', (data) => {
    const { setupComplete, goAway, sessionResumptionUpdate: update } = JSON.parse(data);
    if (setupComplete) {
      isUp = true;
      answer({ type: 'connection.established', epoch, awayMs: 0 });
    }
    if (goAway) {
      actor.send({ type: 'server.goAway', timeLeftMs: Number.parseFloat(goAway.timeLeft) * 1_000, atMs: Date.now() });
    }
    if (update) {
      const seq = update.newHandle ? handles.push(update.newHandle) - 1 : null;
      const ref = seq === null ? null : { seq, receivedAtMs: Date.now(), model, epoch };
      actor.send({ type: 'server.resumptionUpdate', handle: ref, explicitlyNot: false, coversInput: true });
    }
  });
  // 'close' follows.
  ws.on('error', () => {});
  ws.on('close', (closeCode, reason) => {
    if (ws !== socket) return;
    const why = { meaning: 'closed', error: 'unreachable', closeCode, reason: reason.toString() };
    const end = { action: 'resume', retryInMs: isUp ? 0 : 250, ...why };
    if (isUp) actor.send({ type: 'connection.ended', epoch, end });
    else answer({ type: 'connection.refused', epoch, end, awayMs: 0 });
  });
  return () => {
    if (!isUp) ws.terminate();
  };
}

let before = 'idle';
actor.subscribe({
  next(snapshot) {
    const now = lifecycleOf(snapshot);
    if (now === before) return;
    const { epoch, established } = snapshot.context;
    console.log(`${before} → ${now} (connection ${epoch})`);
    before = now;
    if (now === 'active' && established === 1) emulator.goAway({ timeLeftMs: 5_000 });
    if (now === 'active' && established === 2) {
      console.log(`connection 2 resumed from connection ${emulator.connections[1].resumedFrom}`);
      actor.send({ type: 'close' });
    }
    // The other regions of a parallel chart have no final state, so that `complete` never comes.
    if (hasEnded(snapshot)) void close();
  },
});
actor.start();
actor.send({ type: 'connect' });
