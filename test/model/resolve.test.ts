/** What the types do not check: targets, `stateIn` values and the names of the base all mean something. */
import { expect, test } from 'vitest';
import type { AnyStateNode } from 'xstate';
import { sessionMachine } from '../../machines/index.js';
import { actorName, stateNodesOf } from '../../src/testing/transitions.js';

const root = sessionMachine.root as unknown as AnyStateNode;
const nodes = stateNodesOf(root);
const transitions = nodes.flatMap((node) => [...(node.always ?? []), ...[...node.transitions.values()].flat()]);
const { implementations } = sessionMachine as unknown as {
  readonly implementations: Record<'guards' | 'actions' | 'actors' | 'delays', Record<string, unknown>>;
};

test('every target resolves to a state of the chart', () => {
  // XState throws for a target that is not there when the machine is made; this asks the chart itself.
  const lost = nodes.flatMap((node) => {
    const written = JSON.stringify(node.config.on ?? {}).matchAll(/"target":"([^"]+)"/g);
    return [...written].flatMap(([, target = '']) => (resolves(node, target) ? [] : [`${node.id}: ${target}`]));
  });
  expect(lost).toEqual([]);
  const targets = transitions.flatMap(({ target }) => target ?? []);
  expect(targets.length).toBeGreaterThan(80);
  expect(targets.filter((state) => !nodes.includes(state))).toEqual([]);
});

function resolves(node: AnyStateNode, target: string): boolean {
  if (target.startsWith('#')) {
    const [id = '', ...path] = target.slice(1).split('.');
    return below(
      nodes.find((one) => one.id === id),
      path,
    );
  }
  return target.startsWith('.') ? below(node, target.slice(1).split('.')) : below(node.parent, target.split('.'));
}

function below(from: AnyStateNode | undefined, path: readonly string[]): boolean {
  return (
    path.reduce<AnyStateNode | undefined>((at, key) => at?.states[key] as AnyStateNode | undefined, from) !== undefined
  );
}

/** Guards built with `stateIn`, `not` and `and` carry what they were built from. */
interface BuiltGuard {
  readonly stateValue?: unknown;
  readonly guards?: readonly unknown[];
}

function stateValuesOf(guard: unknown): readonly unknown[] {
  if ((typeof guard !== 'function' && typeof guard !== 'object') || guard === null) return [];
  const { stateValue, guards = [] } = guard as BuiltGuard;
  return [...(stateValue === undefined ? [] : [stateValue]), ...guards.flatMap(stateValuesOf)];
}

function isInChart(value: unknown, node: AnyStateNode): boolean {
  if (typeof value === 'string') return below(node, value.split('.'));
  return Object.entries(value as object).every(([key, inner]) => {
    const child = node.states[key] as AnyStateNode | undefined;
    return child !== undefined && isInChart(inner, child);
  });
}

test('every stateIn value is a state of the chart', () => {
  const values = Object.values(implementations.guards).flatMap(stateValuesOf);
  expect(values.length).toBeGreaterThanOrEqual(4);
  expect(values.filter((value) => !isInChart(value, root))).toEqual([]);
});

test('a stateIn value that is no state would be found', () => {
  expect(isInChart({ turn: 'quite' }, root)).toBe(false);
  expect(isInChart({ turn: 'quiet' }, root)).toBe(true);
});

/** Names used in the configs, by kind. */
const used = {
  guards: new Set(transitions.map(({ guard }) => guard).filter((guard) => typeof guard === 'string')),
  actions: new Set(
    [
      ...transitions.flatMap(({ actions }) => actions),
      ...nodes.flatMap(({ entry, exit }) => [...entry, ...exit]),
    ].filter((action) => typeof action === 'string'),
  ),
  actors: new Set(nodes.flatMap(({ invoke }) => invoke.map(({ src }) => actorName(src)))),
  delays: new Set(nodes.flatMap(({ after }) => after.map(({ delay }) => String(delay)))),
};

/** Named in the base and used nowhere, until someone takes them out. */
const dead: readonly string[] = ['endDrain'];

test.each(['guards', 'actions', 'actors', 'delays'] as const)(
  'every named one of %s is used, every used one is named',
  (kind) => {
    const named = Object.keys(implementations[kind]).filter((name) => !dead.includes(name));
    expect([...used[kind]].sort()).toEqual(named.sort());
  },
);

test('guards and actions of the configs are names, never code', () => {
  const coded = transitions.filter(({ guard }) => guard !== undefined && typeof guard !== 'string');
  expect(coded.map(({ source }) => source.id)).toEqual([]);
  // XState adds its own raise and cancel to states with `after`.
  const inline = transitions.flatMap(({ actions }) => actions).filter((action) => typeof action !== 'string');
  expect(inline).toEqual([]);
});

test('every invoke has an onError', () => {
  const without = nodes.flatMap(({ invoke, transitions: own }) =>
    invoke.filter(({ id }) => !own.has(`xstate.error.actor.${id}`)).map(({ id }) => id),
  );
  expect(without).toEqual([]);
});
