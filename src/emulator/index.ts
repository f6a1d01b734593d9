/**
 * Entry point `gemini-lifeline/emulator`: the Live API on this machine. Runs in browsers too.
 */
export type { RequestHeaders, UpgradeRequest } from './protocol/address.js';
export type { ContextTurn, TokenCount } from './model/context.js';
export { createEmulator, type Emulator } from './emulator.js';
export { faultClasses, type FaultClass, type FaultGroup } from './faults/catalogue.js';
export type * from './faults/fault.js';
export type { FrameForm, Peer } from './faults/line.js';
export type { FaultPlan, PlannedFault } from './faults/plan.js';
export { FaultError, readFaults } from './faults/readFaults.js';
export type { ContextParent, HeardKind, HeardList, HeardMessage } from './record/heard.js';
export type { Account, Key } from './record/lineage.js';
export { builtInModels, type EmulatedModel, type ResponseModality } from './model/models.js';
export { profiles, type BehaviourProfile, type ProfileName, type UnaskedHandles } from './model/profiles.js';
export type {
  EmulatorScript,
  ScriptCall,
  ScriptSpeech,
  ScriptStep,
  ScriptTurn,
  ScriptWhen,
} from './model/script.js';
export { readScript, ScriptError } from './model/scriptReader.js';
export { defaultSettings, type EmulatorOptions, type EmulatorSettings, type PerProvider } from './options.js';
export { OptionError } from './optionCheck.js';
export type { CutHow, DialOrder, HandleOrder, Target } from './orders.js';
export type { Forgotten } from './record/archive.js';
export type { EmulatorEvent } from './record/eventLog.js';
export { eventNames } from './record/eventNames.js';
export type { ConnectionRecord, ContextRecord } from './record/records.js';
export { EmulatorWaitError } from './record/waiting.js';
export { closings, type Closing } from './protocol/refusals.js';
export type { TokenRequest } from './protocol/tokens.js';
export { isRefusal, type ServerConnection, type UpgradeRefusal } from './shell.js';
export { emulator, type EmulatedNetwork, type EmulatorTransport, type EmulatorTransportOptions } from './transport.js';
export { readStamp, stampAudio, stampSamples } from './record/watermark.js';
export type { EmulatorParts } from './world.js';
export { seededRandom } from '../random.js';
