/**
 * What a trace may say about the statechart: its words (state ids, events, guards, delays) and a hash of its shape.
 *
 * Derived from the chart itself, so that a new state or event needs no change here. Never runs it.
 */
import type { AnyStateNode } from 'xstate';
import { sessionMachine } from '../../machines/session.js';

export interface ChartFacts {
  readonly id: string;
  /** Eight hexadecimal digits; the same for the same nodes, transitions and targets. */
  readonly hash: string;
  readonly words: ReadonlySet<string>;
}

/** XState types the event of a transition as any. */
interface Described {
  readonly eventType: string;
  readonly target: readonly AnyStateNode[] | undefined;
  readonly guard?: unknown;
}

let known: ChartFacts | null = null;

export function chartFacts(): ChartFacts {
  known ??= read();
  return known;
}

function nodesOf(node: AnyStateNode): readonly AnyStateNode[] {
  return [node, ...(Object.values(node.states) as readonly AnyStateNode[]).flatMap(nodesOf)];
}

function read(): ChartFacts {
  const words = new Set(['xstate.init', 'xstate.stop']);
  const shape: string[] = [];
  for (const node of nodesOf(sessionMachine.root as AnyStateNode)) {
    words.add(node.id).add(node.key).add(`xstate.done.state.${node.id}`);
    shape.push(`${node.id} ${node.type}`);
    const transitions = [...(node.always ?? []), ...[...node.transitions.values()].flat()];
    for (const { eventType, target, guard } of transitions as readonly Described[]) {
      words.add(eventType);
      // The id of the child, which its done and error events name too.
      words.add(eventType.replace(/^xstate\.(done|error)\.actor\./, ''));
      shape.push(`${eventType}>${(target ?? []).map(({ id }) => id).join()}${guard === undefined ? '' : '?'}`);
    }
  }
  const { guards, delays, actors } = sessionMachine.implementations;
  for (const name of [guards, delays, actors].flatMap((named) => Object.keys(named))) words.add(name);
  words.delete('');
  return { id: sessionMachine.id, hash: fnv1a(shape.join('\n')), words };
}

/** FNV-1a, 32 bit: tells charts apart, protects nothing. */
function fnv1a(text: string): string {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, '0');
}
