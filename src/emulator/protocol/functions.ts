/**
 * The functions that a setup or a contextUpdate declares.
 *
 * Owns the reading of tools; their shape is schema/tools.ts. Never calls one.
 */
import { isFields, type Fields } from './fields.js';

export interface FunctionDeclaration {
  readonly name: string;
  readonly parameters: Fields;
  /** behavior NON_BLOCKING: the model goes on without the result. */
  readonly nonBlocking: boolean;
}

function fieldsOf(value: unknown): Fields {
  return isFields(value) ? value : {};
}

/** null: no tools were given, which is something else than none. */
export function readFunctions(tools: unknown): FunctionDeclaration[] | null {
  if (!Array.isArray(tools)) return null;
  return tools
    .flatMap((tool: unknown) => {
      const declared = fieldsOf(tool)['functionDeclarations'];
      return Array.isArray(declared) ? (declared as unknown[]) : [];
    })
    .map(fieldsOf)
    .filter((declaration) => typeof declaration['name'] === 'string')
    .map((declaration) => ({
      name: declaration['name'] as string,
      parameters: fieldsOf(declaration['parameters'] ?? declaration['parametersJsonSchema']),
      nonBlocking: declaration['behavior'] === 'NON_BLOCKING',
    }));
}
