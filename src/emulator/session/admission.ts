/**
 * Whether a setup may begin: what its handle is worth, and what was ordered to go wrong.
 *
 * Owns the order of the checks. Opens nothing.
 */
import type { Provider } from '../../transport/port.js';
import type { HandleRecord } from './handles.js';
import { closings, isClosing, type Closing } from '../protocol/refusals.js';
import type { SessionSetup } from '../protocol/setup.js';
import type { World } from '../world.js';
import type { ClientSide } from '../faults/line.js';

export type Admission =
  | { readonly kind: 'fresh' }
  | { readonly kind: 'resume'; readonly origin: HandleRecord }
  | { readonly kind: 'refused'; readonly closing: Closing }
  /** setupComplete comes, and the close right after it. */
  | { readonly kind: 'refusedLate'; readonly closing: Closing };

export function admit(setup: SessionSetup, provider: Provider, world: World, client: ClientSide): Admission {
  const { maxConcurrentSessions } = world.settings;
  if (maxConcurrentSessions !== null && world.openSessions() >= maxConcurrentSessions) {
    return { kind: 'refused', closing: closings.quota };
  }
  const handle = setup.resumption?.handle ?? null;
  if (handle === null) {
    const closing = world.grant?.startSession() ?? null;
    return closing === null ? { kind: 'fresh' } : { kind: 'refused', closing };
  }
  const order = client.take('refuseHandle');
  if (order !== null) {
    const { code = closings.sessionNotFound.code, reason = closings.sessionNotFound.reason } = order;
    return refused({ code, reason }, order.when === 'afterSetupComplete');
  }
  const { settings, vault } = world;
  const found = vault.find(handle, setup.model.name, provider);
  if (isClosing(found)) return refused(found, settings.refuseHandlesAfterSetupComplete);
  if (settings.refuseWhileOldSocketOpen && found.session.open.size > 0) {
    return refused(settings.oldSocketOpenEnd, settings.refuseHandlesAfterSetupComplete);
  }
  vault.use(found);
  return { kind: 'resume', origin: found };
}

function refused(closing: Closing, late: boolean): Admission {
  return { kind: late ? 'refusedLate' : 'refused', closing };
}
