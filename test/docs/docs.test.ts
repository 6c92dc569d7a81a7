import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { beforeAll, describe, expect, it } from 'vitest';
import { commandLines, pages, runnableBlocks } from './blocks.js';
import { referencePages, wholeProgram } from './reference.js';

const TOP = fileURLToPath(new URL('../..', import.meta.url));
const hasGroff = spawnSync('groff', ['--version']).status === 0;

describe('the reference', () => {
  let made: Readonly<Record<string, string>> = {};
  beforeAll(async () => {
    made = await referencePages();
    if (process.env.UPDATE_DOCS !== '1') return;
    for (const [name, text] of Object.entries(made)) {
      mkdirSync(dirname(join(TOP, 'docs', name)), { recursive: true });
      writeFileSync(join(TOP, 'docs', name), text);
    }
  }, 120_000);

  it.each([
    'reference/commands.md',
    'reference/profile.md',
    'reference/metrics.md',
    'reference/result.md',
    'busyhour.1',
  ])('%s is what the code says (npm run docs writes it anew)', (name) => {
    expect(readFileSync(join(TOP, 'docs', name), 'utf8')).toBe(made[name]);
  });

  it('has every command, flag, metric and figure', () => {
    expect(made['reference/commands.md']).toContain('## busyhour run\n');
    expect(made['reference/profile.md']).toContain('| rerouteAfter | --reroute-after | OFF |');
    expect(made['reference/metrics.md']).toContain('busyhour\\_asked\\_requests\\_per\\_second');
    expect(made['reference/result.md']).toContain('downtime.pauseMs.atMost');
  });

  it.skipIf(!hasGroff)('is a manual page without a warning (needs groff)', () => {
    const rendered = spawnSync('groff', ['-man', '-Tutf8', '-ww', join(TOP, 'docs/busyhour.1')], {
      encoding: 'utf8',
    });
    expect(rendered.stderr).toBe('');
    expect(rendered.stdout).toContain('OTLP');
  });
});

describe('the guides', () => {
  it('name only commands and flags that there are', async () => {
    const lines = pages(TOP).flatMap(({ blocks }) =>
      blocks.flatMap((block) => commandLines(block).map((words) => ({ place: block.place, words }))),
    );
    expect(lines.length).toBeGreaterThan(10);
    const faults: string[] = [];
    for (const { place, words } of lines) {
      const program = await wholeProgram();
      disarm(program);
      await program.parseAsync(words, { from: 'user' }).catch((cause: unknown) => {
        if (cause instanceof Error && !/^\(outputHelp\)/.test(cause.message))
          faults.push(`${place}: ${words.join(' ')}: ${cause.message}`);
      });
    }
    expect(faults).toEqual([]);
  }, 120_000);

  it('link to pages and files that there are', () => {
    const names = ['README.md', ...readdirSync(join(TOP, 'docs')).map((name) => join('docs', name))];
    const dead = names
      .filter((name) => name.endsWith('.md'))
      .flatMap((name) =>
        [...readFileSync(join(TOP, name), 'utf8').matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)]
          .map((match) => join(dirname(name), match[1]!))
          .filter((path) => !existsSync(join(TOP, path)))
          .map((path) => `${name}: ${path}`),
      );
    expect(dead).toEqual([]);
  });

  it('mark what is run, and a block that is not closed is a fault', () => {
    expect(
      runnableBlocks('x', 'a\n```sh run\n./busyhour a \\\n  --b "c d" &\n```\n```sh\nno\n```'),
    ).toHaveLength(1);
    const [block] = runnableBlocks('x', '```sh run\n./busyhour a \\\n  --b "c d" > f\nls\n```');
    expect(commandLines(block!)).toEqual([['a', '--b', 'c d']]);
    expect(() => runnableBlocks('x', '```sh run\nls')).toThrow('x:1');
  });
});

/** Parses as ever, and does nothing. */
function disarm(command: Command): void {
  command.exitOverride();
  if (command.commands.length === 0) command.action(() => undefined);
  for (const each of command.commands) disarm(each);
}
