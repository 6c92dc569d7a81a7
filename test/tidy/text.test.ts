import { describe, expect, it } from 'vitest';
import { filesBelow, read, typeScriptFiles } from './files.js';

const BINARY = /\.(png|jpg|pcap|pcapng|gz|bin|node|ico|woff2?)$/;

/** Patterns are written in pieces so that this file does not find itself. */
const FORBIDDEN: Readonly<Record<string, RegExp>> = {
  'a promise instead of the work': new RegExp(`\\b(${['TO', 'DO|FIX', 'ME|X', 'XX'].join('')})\\b`),
  'a path of one machine': new RegExp(
    `(^|[^\\w.~/-])/(${['work', 'ro', 'ot'].join('|').replace('ro|ot', 'root')})/\\w`,
  ),
  'a folder of one session': new RegExp(`/tmp/${'bash'}_jobs`),
  'a secret': new RegExp(`(${'_auth'}(Token)?\\s*=|-----BEGIN [A-Z ]*PRIVATE ${'KEY'})`),
};

/** Files in which a pattern is meant, as `path: kind`, with the reason. */
const EXCUSED: Readonly<Record<string, string>> = {};

const textFiles = filesBelow('.').filter((path) => !BINARY.test(path));

function findings(kind: string, pattern: RegExp): string[] {
  return textFiles
    .filter((path) => !(`${path}: ${kind}` in EXCUSED) && path !== 'package-lock.json')
    .flatMap((path) =>
      read(path)
        .split('\n')
        .flatMap((line, index) => (pattern.test(line) ? [`${path}:${index + 1}: ${line.trim()}`] : [])),
    );
}

describe('text', () => {
  it.each(Object.entries(FORBIDDEN))('holds no %s', (kind, pattern) => {
    expect(findings(kind, pattern)).toEqual([]);
  });

  it('would find them', () => {
    const samples = [
      ['a promise instead of the work', `// ${'TO'}DO later`],
      ['a path of one machine', `cd ${'/wo'}rk/main`],
      ['a path of one machine', `open('${'/ro'}ot/x')`],
      ['a folder of one session', `/tmp/${'bash'}_jobs.0`],
      ['a secret', `//host/:${'_auth'}Token=abc`],
    ] as const;
    for (const [kind, line] of samples) expect(line).toMatch(FORBIDDEN[kind]!);
    expect('import x from "../work/load.js"').not.toMatch(FORBIDDEN['a path of one machine']!);
  });

  it('names no private package registry', () => {
    const registry = process.env.npm_config_registry;
    const host = registry === undefined ? undefined : new URL(registry).hostname;
    const name =
      host === undefined || host === ['registry', 'npmjs', 'org'].join('.') || host === 'localhost'
        ? null
        : host;
    const leaks = textFiles.filter(
      (path) => /_?registry\s*=/.test(read('.npmrc')) || (name && read(path).includes(name)),
    );
    expect(leaks).toEqual([]);
  });
});

describe('TypeScript', () => {
  it('uses no `any` behind a suppression, and no suppressed check without a reason', () => {
    const suppressions = typeScriptFiles().flatMap((path) =>
      read(path)
        .split('\n')
        .flatMap((line, index) => {
          const bare = /@ts-(ignore|nocheck)\b|@ts-expect-error\s*$|biome-ignore [\w/]+\s*:?\s*$/.test(line);
          return bare && path !== 'test/tidy/text.test.ts' ? [`${path}:${index + 1}`] : [];
        }),
    );
    expect(suppressions).toEqual([]);
  });
});
