import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A fenced block of a page that is meant to be run: its info string is `sh run`. */
export interface Block {
  /** Path of the page from the top level, and the line of its fence, for messages. */
  readonly place: string;
  readonly text: string;
}

/** Blocks of a page that are run, one after the other, in one shell. */
export function runnableBlocks(path: string, markdown: string): Block[] {
  const blocks: Block[] = [];
  const lines = markdown.split('\n');
  for (let at = 0; at < lines.length; at++) {
    if (lines[at] !== '```sh run') continue;
    const end = lines.indexOf('```', at + 1);
    if (end < 0) throw new Error(`${path}:${at + 1}: the block is not closed`);
    blocks.push({ place: `${path}:${at + 1}`, text: lines.slice(at + 1, end).join('\n') });
    at = end;
  }
  return blocks;
}

/** Every page of the documentation with its blocks, those without any left out. */
export function pages(top: string): { readonly path: string; readonly blocks: readonly Block[] }[] {
  const names = readdirSync(join(top, 'docs')).filter((name) => name.endsWith('.md'));
  return ['README.md', ...names.map((name) => join('docs', name))]
    .map((path) => ({ path, blocks: runnableBlocks(path, readFileSync(join(top, path), 'utf8')) }))
    .filter(({ blocks }) => blocks.length > 0);
}

/** Command lines of ours in a block, as words; what the shell makes of variables stays as it is written. */
export function commandLines({ text }: Block): string[][] {
  return text
    .replace(/\\\n\s*/g, ' ')
    .split(/\n|&&|;|\|\|?/)
    .map((line) =>
      line
        .replace(/(^|\s)#.*$/, '')
        .replace(/(\s+(&|>\s*\S+|2>&1))+\s*$/, '')
        .trim(),
    )
    .filter((line) => line.startsWith('./busyhour '))
    .map((line) =>
      [...line.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map((match) => match[1] ?? match[2] ?? match[3]!),
    )
    .map(([, ...words]) => words);
}
