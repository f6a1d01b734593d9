/**
 * The fields of the client's messages and of the content in them.
 *
 * Owns the names; schema/shapes.ts says how the tables read. Source: @google/genai 3.1.0, its types and live converters
 * (DOC). displayName of a Blob, and additionalProperties, ref and defs of a Schema: Vertex AI's REST reference (DOC).
 */
export const contentTables = `
ClientMessage = BidiGenerateContentClientMessage {
  setup: Setup |message_type; clientContent: ClientContent |message_type; realtimeInput: RealtimeInput |message_type;
  toolResponse: ToolResponseMessage |message_type; contextUpdate: ContextUpdate |message_type }
ClientContent = BidiGenerateContentClientContent { turns: Content[]; turnComplete: bool }
RealtimeInput = BidiGenerateContentRealtimeInput {
  mediaChunks: Blob[]; audio: Blob; audioStreamEnd: bool; video: Blob; text: string; activityStart: ActivityStart;
  activityEnd: ActivityEnd }
ActivityStart = BidiGenerateContentRealtimeInput.ActivityStart { }
ActivityEnd = BidiGenerateContentRealtimeInput.ActivityEnd { }
ToolResponseMessage = BidiGenerateContentToolResponse { functionResponses: FunctionResponse[] }
ContextUpdate = BidiGenerateContentContextUpdate { systemInstruction: Content; tools: ContextUpdateTools }
ContextUpdateTools = BidiGenerateContentContextUpdate.Tools { tools: Tool[] }
Content { parts: Part[]; role: string }
Part {
  text: string |data; inlineData: Blob |data; fileData: FileData |data; functionCall: FunctionCall |data;
  functionResponse: FunctionResponse |data; executableCode: ExecutableCode |data;
  codeExecutionResult: CodeExecutionResult |data; toolCall: ToolCall @dev |data; toolResponse: ToolResponse @dev |data;
  audioTranscription: Transcription; mediaResolution: PartMediaResolution; thought: bool; thoughtSignature: bytes;
  videoMetadata: VideoMetadata; partMetadata: struct @dev; mediaProcessing: MediaProcessing;
  speechMetadata: SpeechMetadata }
Blob { data: bytes; mimeType: string; displayName: string }
FileData { displayName: string; fileUri: string; mimeType: string }
FunctionCall {
  args: struct; id: string; name: string; partialArgs: PartialArg[] @vertex; willContinue: bool @vertex }
PartialArg {
  boolValue: bool |delta; jsonPath: string; nullValue: NullValue |delta; numberValue: float |delta;
  stringValue: string |delta; willContinue: bool }
FunctionResponse {
  id: string; name: string; parts: FunctionResponsePart[]; response: struct; scheduling: Scheduling;
  willContinue: bool @dev }
FunctionResponsePart {
  fileData: FunctionResponseFileData |data; inlineData: FunctionResponseBlob |data;
  mediaProcessing: MediaProcessing @dev }
FunctionResponseFileData { displayName: string; fileUri: string; mimeType: string }
FunctionResponseBlob { data: bytes; displayName: string; mimeType: string }
ExecutableCode { code: string; language: Language; id: string }
CodeExecutionResult { outcome: Outcome; output: string; id: string }
ToolCall { id: string; toolType: ToolType; args: struct }
ToolResponse { id: string; toolType: ToolType; response: struct }
Transcription {
  text: string; finished: bool; languageCode: string; speakerLabel: string; words: WordInfo[]; startOffset: duration;
  endOffset: duration }
WordInfo { word: string; startOffset: duration; endOffset: duration }
PartMediaResolution { level: PartMediaResolutionLevel; numTokens: int32 }
VideoMetadata { endOffset: duration; fps: float; startOffset: duration }
SpeechMetadata { speaker: string; style: string }
Schema {
  anyOf: Schema[]; default: value; description: string; enum: string[]; example: value; format: string; items: Schema;
  maxItems: int64; maxLength: int64; maxProperties: int64; maximum: float; minItems: int64; minLength: int64;
  minProperties: int64; minimum: float; nullable: bool; pattern: string; properties: map<Schema>;
  propertyOrdering: string[]; required: string[]; title: string; type: Type; additionalProperties: value @vertex;
  ref: string @vertex; defs: map<Schema> @vertex }
`;
