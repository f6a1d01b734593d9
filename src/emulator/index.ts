/**
 * Entry point `gemini-lifeline/emulator`: the Live API on this machine. Runs in browsers too.
 */
export type { RequestHeaders, UpgradeRequest } from './address.js';
export type { CutHow, Peer, ServerConnection } from './connection.js';
export type { ContextTurn, TokenCount } from './context.js';
export { createEmulator, isRefusal, type Emulator, type Target, type UpgradeRefusal } from './emulator.js';
export type { HandleRefusal } from './faults.js';
export type { ContextParent, HeardKind, HeardList, HeardMessage } from './heard.js';
export type { Account, Key } from './lineage.js';
export { builtInModels, type EmulatedModel, type ResponseModality } from './models.js';
export { defaultSettings, type EmulatorOptions, type EmulatorSettings, type PerProvider } from './options.js';
export type { ConnectionRecord, ContextRecord, EmulatorEvent } from './records.js';
export { closings, type Closing } from './refusals.js';
export type { TokenRequest } from './tokens.js';
export { emulator, type EmulatedNetwork, type EmulatorTransport, type EmulatorTransportOptions } from './transport.js';
export { readStamp, stampAudio, stampSamples } from './watermark.js';
