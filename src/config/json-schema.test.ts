import { readFileSync, writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { publishedSchemas } from './json-schema.js';
import { runProfileSchema } from './profile-schema.js';

const folder = new URL('../../profiles/schema/', import.meta.url);

it.each(publishedSchemas())('$file is current', ({ file, text }) => {
  const at = new URL(file, folder);
  if (process.env.UPDATE_SCHEMA === '1') writeFileSync(at, text);
  // Compared as values: the formatter may lay the file out in another way.
  expect(JSON.parse(readFileSync(at, 'utf8'))).toEqual(JSON.parse(text));
});

it('describes every key, and requires only the target', () => {
  const schema = JSON.parse(publishedSchemas()[0]!.text);
  expect(schema.required).toEqual(['target']);
  expect(schema.additionalProperties).toBe(false);
  expect(Object.keys(schema.properties)).toEqual(Object.keys(runProfileSchema.shape));
  for (const [key, property] of Object.entries<{ description?: string }>(schema.properties)) {
    expect(property.description, key).toMatch(/\w{3}/);
  }
  expect(schema.properties.timeout.default).toBe('30s');
});
