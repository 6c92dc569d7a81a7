import { z } from 'zod';
import type { KeyPath } from './yaml-source.js';

type Json = Readonly<Record<string, unknown>>;

/**
 * The JSON Schema of what a user may write, with the defaults in it. A key with a default is not required.
 */
export function jsonSchemaOf(schema: z.ZodType): Json {
  return z.toJSONSchema(schema, { io: 'input' }) as Json;
}

/** Keys that the schema knows at `path`, those of all alternatives together. */
export function knownKeys(schema: z.ZodType, path: KeyPath): string[] {
  let nodes: Json[] = [jsonSchemaOf(schema)];
  for (const part of path) {
    nodes = nodes.flatMap(alternatives).flatMap((node) => {
      const next: unknown =
        typeof part === 'number' ? node.items : (node.properties as Json | undefined)?.[part];
      return typeof next === 'object' && next !== null ? [next as Json] : [];
    });
  }
  const keys = nodes
    .flatMap(alternatives)
    .flatMap((node) => Object.keys((node.properties as Json | undefined) ?? {}));
  return [...new Set(keys)];
}

function alternatives(node: Json): Json[] {
  const choices = [node.anyOf, node.oneOf, node.allOf].filter(Array.isArray).flat() as Json[];
  return [node, ...choices.flatMap(alternatives)];
}
