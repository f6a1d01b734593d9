/**
 * The setup frame as this transport writes it: that of @google/genai 3.1.0 for the same config, and what the SDK drops.
 *
 * Owns what src/wire/setup.ts leaves to a transport: the project before the model, callable tools, and the fields of
 * `beyondTheSdk`. Otherwise the two differ only where test/spec/wire/setup.test.ts says so.
 */
import type { LiveConnectConfig } from '@google/genai';
import { toSetup } from '../../wire/setup.js';
import type { DialRequest } from '../port.js';
import type { Endpoint } from './endpoint.js';

/** Fields of a setup (`LiveClientSetup`) that `connect()` of the SDK drops from its config, and that are sent here. */
export const beyondTheSdk = ['historyConfig'] as const;

/** Rejects with LifelineError `invalidOptions` for what the service does not take, or with what a callable tool threw. */
export async function setupText(
  { model, config }: DialRequest,
  { provider, modelPrefix }: Pick<Endpoint, 'provider' | 'modelPrefix'>,
): Promise<string> {
  const frame = toSetup(model, await withDeclarations(config), provider);
  const { setup } = frame;
  if (typeof setup['model'] === 'string' && setup['model'].startsWith('publishers/')) {
    setup['model'] = modelPrefix + setup['model'];
  }
  for (const name of beyondTheSdk) {
    const value = (config as Record<string, unknown>)[name];
    if (value !== undefined && value !== null) setup[name] = value;
  }
  return JSON.stringify(frame);
}

type Tools = NonNullable<LiveConnectConfig['tools']>;

/** A callable tool is asked for its declarations, one after the other as the SDK does it. */
async function withDeclarations(config: LiveConnectConfig): Promise<LiveConnectConfig> {
  const { tools } = config;
  if (!Array.isArray(tools) || !tools.some(isCallable)) return config;
  const declared: Tools = [];
  for (const tool of tools) declared.push(isCallable(tool) ? await tool.tool() : tool);
  return { ...config, tools: declared };
}

type CallableTool = Extract<Tools[number], { tool(): unknown }>;

function isCallable(tool: Tools[number]): tool is CallableTool {
  return typeof (tool as Partial<CallableTool> | null)?.callTool === 'function';
}
