/**
 * Tools: turns the tools of a config or a context update into their wire form.
 *
 * Owns which tool exists on which service and the conversion of JSON Schema to the service's own Schema. Never calls a
 * tool, and never changes the declarations it is given.
 */
import type { Provider } from '../transport/port.js';
import { isFields, keepAll, refuseAll, reshape, reshapeEach, type Fields, type Refusal, type Shape } from './shape.js';

export function toTools(tools: unknown, provider: Provider, path: string, refusal: Refusal): unknown[] {
  if (!Array.isArray(tools)) throw refusal(path, 'must be a list of tools');
  const shape = toolShape(provider, refusal);
  return tools.map((tool: unknown, index) => {
    const at = `${path}[${index}]`;
    if (isFields(tool) && typeof tool['callTool'] === 'function') {
      // Its declarations come from a promise; whoever dials with it asks it first.
      throw refusal(at, 'is a callable tool; pass the declarations its tool() resolves to');
    }
    return reshape(tool, shape, at, refusal);
  });
}

const typeNames = new Set(['TYPE_UNSPECIFIED', 'STRING', 'NUMBER', 'INTEGER', 'BOOLEAN', 'ARRAY', 'OBJECT', 'NULL']);

/** The service's own Schema: upper-case types, `nullable` in place of a null type, no additionalProperties. */
export function toSchema(schema: unknown, path: string, refusal: Refusal): Fields {
  const out: Fields = {};
  const from = withoutNullBranch(schema, out);
  const types: unknown = from['type'];
  if (isFields(schema) && schema['type'] && schema['anyOf']) throw refusal(path, 'has both type and anyOf');
  if (Array.isArray(types)) Object.assign(out, schemaOfTypes(types as unknown[]));
  for (const [name, value] of Object.entries(from)) {
    if (value === undefined || value === null || name === 'additionalProperties') continue;
    const at = `${path}.${name}`;
    switch (name) {
      case 'type':
        if (value === 'null') throw refusal(at, 'must not be null alone');
        if (!Array.isArray(value)) out['type'] = typeName(value);
        break;
      case 'items':
        out['items'] = toSchema(value, at, refusal);
        break;
      case 'anyOf':
        out['anyOf'] = schemaBranches(value, out, at, refusal);
        break;
      case 'properties':
        out['properties'] = Object.fromEntries(
          Object.entries(value as Fields).map(([property, inner]) => [
            property,
            toSchema(inner, `${at}.${property}`, refusal),
          ]),
        );
        break;
      default:
        out[name] = value;
    }
  }
  return out;
}

/** `anyOf: [X, null]` is X, nullable. */
function withoutNullBranch(schema: unknown, out: Fields): Fields {
  if (!isFields(schema)) return {};
  const branches = schema['anyOf'];
  if (!Array.isArray(branches) || branches.length !== 2) return schema;
  const nullAt = branches.findIndex((branch) => isFields(branch) && branch['type'] === 'null');
  const other: unknown = branches[1 - nullAt];
  if (nullAt < 0 || !isFields(other)) return schema;
  out['nullable'] = true;
  return other;
}

function schemaBranches(branches: unknown, out: Fields, path: string, refusal: Refusal): unknown {
  if (!Array.isArray(branches)) throw refusal(path, 'must be a list');
  const isNull = (branch: unknown) => isFields(branch) && branch['type'] === 'null';
  if (branches.some(isNull)) out['nullable'] = true;
  return branches
    .filter((branch) => !isNull(branch))
    .map((branch, index) => toSchema(branch, `${path}[${index}]`, refusal));
}

function schemaOfTypes(types: readonly unknown[]): Fields {
  const named = types.filter((type) => type !== 'null').map(typeName);
  const nullable = types.includes('null') ? { nullable: true } : {};
  return named.length === 1 ? { ...nullable, type: named[0] } : { ...nullable, anyOf: named.map((type) => ({ type })) };
}

function typeName(type: unknown): string {
  const name = String(type).toUpperCase();
  return typeNames.has(name) ? name : 'TYPE_UNSPECIFIED';
}

/** A schema that names its `$schema` is JSON Schema and goes to the field for that, unless the field is taken. */
function toDeclaration(declaration: unknown, path: string, refusal: Refusal): unknown {
  if (!isFields(declaration)) return declaration;
  const out: Fields = { ...declaration };
  for (const [name, jsonName] of [
    ['parameters', 'parametersJsonSchema'],
    ['response', 'responseJsonSchema'],
  ] as const) {
    const schema = out[name];
    if (!isFields(schema)) continue;
    if (!('$schema' in schema)) out[name] = toSchema(schema, `${path}.${name}`, refusal);
    else if (!out[jsonName]) {
      out[jsonName] = schema;
      delete out[name];
    }
  }
  return out;
}

const commonTools = keepAll(
  'googleMaps',
  'mcpServers',
  'codeExecution',
  'computerUse',
  'googleSearch',
  'googleSearchRetrieval',
  'urlContext',
);

function toolShape(provider: Provider, refusal: Refusal): Shape {
  const functionDeclarations: Shape[string] = (list, at) =>
    reshapeEach(list, at, (item, path) => toDeclaration(item, path, refusal));
  if (provider === 'vertex') {
    const mcpServer = refuseAll('name', 'streamableHttpTransport');
    return {
      ...commonTools,
      ...keepAll('retrieval', 'enterpriseWebSearch', 'exaAiSearch', 'parallelAiSearch'),
      ...refuseAll('fileSearch'),
      mcpServers: (list, at) => reshapeEach(list, at, (item, path) => reshape(item, mcpServer, path, refusal)),
      functionDeclarations,
    };
  }
  const googleSearch: Shape = {
    ...keepAll('searchTypes', 'timeRangeFilter'),
    ...refuseAll('blockingConfidence', 'excludeDomains'),
  };
  const authConfig: Shape = {
    ...keepAll('apiKey'),
    ...refuseAll(
      'apiKeyConfig',
      'authType',
      'googleServiceAccountConfig',
      'httpBasicAuthConfig',
      'oauthConfig',
      'oidcConfig',
    ),
  };
  const googleMaps: Shape = {
    ...keepAll('enableWidget'),
    ...refuseAll('groundingTypes'),
    authConfig: (value, at) => reshape(value, authConfig, at, refusal),
  };
  return {
    ...commonTools,
    ...keepAll('fileSearch'),
    ...refuseAll('retrieval', 'enterpriseWebSearch', 'exaAiSearch', 'parallelAiSearch'),
    googleMaps: (value, at) => reshape(value, googleMaps, at, refusal),
    googleSearch: (value, at) => reshape(value, googleSearch, at, refusal),
    functionDeclarations,
  };
}
