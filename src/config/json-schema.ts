import type { z } from 'zod';
import { jsonSchemaOf } from './known-keys.js';
import { respondProfileSchema, runProfileSchema } from './profile-schema.js';

interface PublishedSchema {
  /** File in `profiles/schema/`. */
  readonly file: string;
  readonly title: string;
  readonly schema: z.ZodType;
}

const PUBLISHED: readonly PublishedSchema[] = [
  { file: 'profile.schema.json', title: 'busyhour run profile', schema: runProfileSchema },
  { file: 'responder.schema.json', title: 'busyhour responder options', schema: respondProfileSchema },
];

/**
 * The JSON Schemas for editors, as file name and text. They are generated: `UPDATE_SCHEMA=1 npx vitest run src/config/json-schema` writes
 * them to `profiles/schema/`.
 */
export function publishedSchemas(): { readonly file: string; readonly text: string }[] {
  return PUBLISHED.map(({ file, title, schema }) => ({
    file,
    text: `${JSON.stringify({ title, ...jsonSchemaOf(schema) }, null, 2)}\n`,
  }));
}
