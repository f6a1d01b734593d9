/** `gemini-lifeline`: one logical Gemini Live session over as many connections as it takes. */
export { connect, lifeline, type DropInParameters, type Lifeline } from './connect.js';
export {
  isLifelineError,
  LifelineError,
  lifelineErrorCodes,
  type ErrorPhase,
  type LifelineErrorCode,
} from './errors.js';
export type { ContextOutcome, HandOff, LifelineEvent } from './events.js';
export type { SessionHandle } from './handles.js';
export type { LogEntry, LogLevel, LogSink } from './log.js';
export {
  explain,
  type ConnectOptions,
  type Explanation,
  type LifelineConfig,
  type ResumptionHandle,
} from './options.js';
export type { TunableOptions } from './optionTable.js';
export type { DropReason, Receipt, ReceiptOutcome } from './outbox/receipt.js';
export { defaultBackoff, type BackoffContext, type BackoffPolicy } from './policy/backoff.js';
export type { LiveSession } from './liveSession.js';
export type { SessionStats } from './session.js';
export type { ContextBudget } from './context/budget.js';
export type { RecordedTurn } from './context/turns.js';
export type { SessionStatus, StatusSource } from './status.js';
export type { Clock } from './clock.js';
export type { Network } from './health/network.js';
export type { OutboxCounts } from './outbox/outbox.js';
export type { TraceSink } from './trace/format.js';
export type { ClientMessageKind } from './wire/clientMessage.js';
export type { Random } from './random.js';
export type {
  Connection,
  ConnectionEnd,
  ConnectionObserver,
  DialRequest,
  FrameData,
  Provider,
  Transport,
  WarmSocket,
} from './transport/port.js';
