/** Rules of SPEC.md about what the service and the network tell beside their closes. */
import { describe, expect, test } from 'vitest';
import { activeSession, ends, handle, on, startSession } from '../../support/machine.js';

describe('a poisoned resume', () => {
  test('S-CONN-26 drops the handle and expires the session, which connects afresh', async () => {
    const session = activeSession();
    session.send(on.handleUpdate(handle(1)), on.ended(), on.established(2), on.poisoned);
    expect(session.lifecycle).toBe('expired');
    expect(session.context.handle).toBeNull();
    expect(session.resumability).toBe('none');
    session.reseed.resolve({ restores: true });
    await session.tick(0);
    expect(session.connection).toBe('connecting.dialing');
  });

  test('S-CONN-26 fails by policy fail, with the refusal of the handle as its error', () => {
    const session = activeSession({ afterExpiry: 'fail' });
    session.send(on.handleUpdate(handle(1)), on.poisoned);
    expect(session.lifecycle).toBe('failed');
    expect(session.context.error).toMatchObject({ code: 'handleRefused', meaning: 'poisoned' });
  });
});

describe('the network is back', () => {
  test('S-CONN-27 a resume that waits dials at once', () => {
    const session = activeSession();
    session.send(on.handleUpdate(handle(1)), on.ended(), on.refused(ends.dropped, 2));
    expect(session.connection).toBe('resuming.backingOff');
    session.send(on.online);
    expect(session.connection).toBe('resuming.dialing');
  });

  test('S-CONN-27 a first connection that waits dials at once', () => {
    const session = startSession();
    session.send(on.connect, on.refused(ends.dropped));
    expect(session.connection).toBe('connecting.backingOff');
    session.send(on.online);
    expect(session.connection).toBe('connecting.dialing');
  });

  test('S-CONN-27 changes nothing for a connection that is up', () => {
    const session = activeSession();
    session.send(on.online);
    expect(session.lifecycle).toBe('active');
  });
});

test('S-TURN-01 a model that answers an open turn, because the user went on by voice, is generating', () => {
  const session = activeSession();
  session.send(on.turnOpened, on.userSpeech);
  expect(session.turn).toBe('composing');
  session.send(on.output);
  expect(session.turn).toBe('generating');
});
