/** Entry point `gemini-lifeline/trace`: the recording of one session, its format, and sinks that need no Node. */
export {
  parseTrace,
  splitTraces,
  traceFormat,
  traceVersion,
  type ParsedTrace,
  type TraceRecord,
  type TraceSink,
} from './format.js';
export { TraceRecorder, type TraceHeader, type TraceRecorderOptions } from './recorder.js';
export { ringSink, type RingSink } from './ring.js';
