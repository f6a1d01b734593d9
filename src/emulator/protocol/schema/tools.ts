/**
 * The fields of tools and of the tool configuration.
 *
 * Owns the names; schema/shapes.ts says how the tables read. Source: @google/genai 3.1.0, its types and live converters
 * (DOC). mcpServers: its converter sends a list of empty objects to Vertex AI, so the name is taken there too. authConfig
 * and its apiKey: the converter sends them to the Developer API, whatever the notes of the types say.
 */
export const toolTables = `
Tool {
  retrieval: Retrieval @vertex; googleMaps: GoogleMaps; mcpServers: McpServer[]; codeExecution: CodeExecution;
  computerUse: ComputerUse; enterpriseWebSearch: EnterpriseWebSearch @vertex; exaAiSearch: ExaAiSearch @vertex;
  functionDeclarations: FunctionDeclaration[]; googleSearch: GoogleSearch;
  googleSearchRetrieval: GoogleSearchRetrieval; parallelAiSearch: ParallelAiSearch @vertex; urlContext: UrlContext;
  fileSearch: FileSearch @dev }
ToolConfig {
  functionCallingConfig: FunctionCallingConfig; retrievalConfig: RetrievalConfig;
  includeServerSideToolInvocations: bool @dev }
FunctionCallingConfig {
  allowedFunctionNames: string[]; mode: FunctionCallingMode; streamFunctionCallArguments: bool @vertex }
RetrievalConfig { languageCode: string; latLng: LatLng }
LatLng { latitude: float; longitude: float }
FunctionDeclaration {
  behavior: Behavior; description: string; name: string; parameters: Schema; parametersJsonSchema: value;
  response: Schema; responseJsonSchema: value }
GoogleMaps {
  authConfig: AuthConfig; enableWidget: bool; groundingTypes: GoogleMapsGroundingTypes @vertex }
GoogleMapsGroundingTypes { places: GoogleMapsPlaces; routing: GoogleMapsRouting }
GoogleMapsPlaces { }
GoogleMapsRouting { }
McpServer { name: string @dev; streamableHttpTransport: StreamableHttpTransport @dev }
StreamableHttpTransport {
  headers: map<string>; sseReadTimeout: duration; terminateOnClose: bool; timeout: duration; url: string }
CodeExecution = ToolCodeExecution { }
UrlContext { }
ComputerUse {
  enablePromptInjectionDetection: bool; environment: Environment; excludedPredefinedFunctions: string[];
  disabledSafetyPolicies: SafetyPolicy[] }
EnterpriseWebSearch { blockingConfidence: PhishBlockThreshold; excludeDomains: string[] }
ExaAiSearch = Tool.ExaAiSearch { apiKey: string; customConfigs: struct }
ParallelAiSearch = Tool.ParallelAiSearch {
  apiKey: string; customConfigs: struct; enableDataRetention: bool; enableZeroDataRetention: bool }
GoogleSearch {
  blockingConfidence: PhishBlockThreshold @vertex; excludeDomains: string[] @vertex; searchTypes: SearchTypes;
  timeRangeFilter: Interval @dev }
SearchTypes { imageSearch: ImageSearch; webSearch: WebSearch }
ImageSearch { }
WebSearch { }
Interval { endTime: timestamp; startTime: timestamp }
GoogleSearchRetrieval { dynamicRetrievalConfig: DynamicRetrievalConfig }
DynamicRetrievalConfig { dynamicThreshold: float; mode: DynamicRetrievalMode }
FileSearch { fileSearchStoreNames: string[]; metadataFilter: string; topK: int32 }
Retrieval {
  disableAttribution: bool; externalApi: ExternalApi |source; vertexAiSearch: VertexAISearch |source;
  vertexRagStore: VertexRagStore |source }
ExternalApi {
  apiAuth: ApiAuth; apiSpec: ApiSpec; authConfig: AuthConfig; elasticSearchParams: ElasticSearchParams |params;
  endpoint: string; simpleSearchParams: SimpleSearchParams |params }
ElasticSearchParams = ExternalApi.ElasticSearchParams { index: string; numHits: int32; searchTemplate: string }
SimpleSearchParams = ExternalApi.SimpleSearchParams { }
VertexAISearch {
  dataStoreSpecs: DataStoreSpec[]; datastore: string; engine: string; filter: string; maxResults: int32 }
DataStoreSpec = VertexAISearch.DataStoreSpec { dataStore: string; filter: string }
VertexRagStore {
  ragCorpora: string[]; ragResources: RagResource[]; ragRetrievalConfig: RagRetrievalConfig; similarityTopK: int32;
  storeContext: bool; vectorDistanceThreshold: float }
RagResource = VertexRagStore.RagResource { ragCorpus: string; ragFileIds: string[] }
RagRetrievalConfig { filter: RagFilter; hybridSearch: HybridSearch; ranking: Ranking; topK: int32 }
RagFilter = RagRetrievalConfig.Filter {
  metadataFilter: string; vectorDistanceThreshold: float |vector_db_threshold;
  vectorSimilarityThreshold: float |vector_db_threshold }
HybridSearch = RagRetrievalConfig.HybridSearch { alpha: float }
Ranking = RagRetrievalConfig.Ranking {
  llmRanker: LlmRanker |ranking_config; rankService: RankService |ranking_config }
LlmRanker = RagRetrievalConfig.Ranking.LlmRanker { modelName: string }
RankService = RagRetrievalConfig.Ranking.RankService { modelName: string }
AuthConfig {
  apiKey: string; apiKeyConfig: ApiKeyConfig @vertex |auth_config; authType: AuthType @vertex;
  googleServiceAccountConfig: GoogleServiceAccountConfig @vertex |auth_config;
  httpBasicAuthConfig: HttpBasicAuthConfig @vertex |auth_config; oauthConfig: OauthConfig @vertex |auth_config;
  oidcConfig: OidcConfig @vertex |auth_config }
ApiKeyConfig {
  apiKeySecret: string; apiKeyString: string; httpElementLocation: HttpElementLocation; name: string }
GoogleServiceAccountConfig = AuthConfig.GoogleServiceAccountConfig { serviceAccount: string }
HttpBasicAuthConfig = AuthConfig.HttpBasicAuthConfig { credentialSecret: string }
OauthConfig = AuthConfig.OauthConfig { accessToken: string |oauth_config; serviceAccount: string |oauth_config }
OidcConfig = AuthConfig.OidcConfig { idToken: string |oidc_config; serviceAccount: string |oidc_config }
ApiAuth { apiKeyConfig: ApiAuthApiKeyConfig |auth_config }
ApiAuthApiKeyConfig = ApiAuth.ApiKeyConfig { apiKeySecretVersion: string; apiKeyString: string }
`;
