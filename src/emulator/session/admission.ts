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

export type Admission =
  | { readonly kind: 'fresh' }
  | { readonly kind: 'resume'; readonly origin: HandleRecord }
  | { readonly kind: 'refused'; readonly closing: Closing }
  /** setupComplete comes, and the close right after it. */
  | { readonly kind: 'refusedLate'; readonly closing: Closing };

export function admit(setup: SessionSetup, provider: Provider, world: World): Admission {
  if (world.openSessions() >= world.settings.maxConcurrentSessions) {
    return { kind: 'refused', closing: closings.quota };
  }
  const handle = setup.resumption?.handle ?? null;
  if (handle === null) {
    const closing = world.grant?.startSession() ?? null;
    return closing === null ? { kind: 'fresh' } : { kind: 'refused', closing };
  }
  const order = world.faults.nextHandleRefusal();
  if (order !== null) return { kind: order.when === 'afterSetupComplete' ? 'refusedLate' : 'refused', closing: order };
  const found = world.vault.find(handle, setup.model.name, provider);
  if (isClosing(found)) return { kind: 'refused', closing: found };
  if (world.settings.refuseWhileOldSocketOpen && found.session.open.size > 0) {
    return { kind: 'refused', closing: closings.internal };
  }
  world.vault.use(found);
  return { kind: 'resume', origin: found };
}
