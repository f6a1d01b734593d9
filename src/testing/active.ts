/** The one place that reads which state nodes a snapshot is in: XState keeps them under an underscored name. */
import type { AnyStateNode } from 'xstate';

/** The active state nodes of a snapshot. */
export function activeNodes(snapshot: unknown): readonly AnyStateNode[] {
  return (snapshot as { readonly _nodes?: readonly AnyStateNode[] })._nodes ?? [];
}
