import { accessSync, constants, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { ValueError } from '../src/config/errors.js';
import { hostFacts } from '../src/runtime/host-facts.js';
import { kind } from './options.js';

/** The option of a program that keeps its figures once all are there. What cannot be written is refused before anything is measured, not lost after it. */
export const OUT_OPTION = {
  takes: kind('FILE', 'a file that can be written', writable),
  about: 'keep the figures as JSON',
} as const;

function writable(given: string): string {
  const file = resolve(given);
  try {
    mkdirSync(dirname(file), { recursive: true });
    accessSync(existsSync(file) ? file : dirname(file), constants.W_OK);
  } catch (cause) {
    throw new ValueError(`cannot write '${given}': ${(cause as Error).message}`);
  }
  return file;
}

/** Figures with when and on what machine they were measured; not the machine's name, which is nobody's business. */
export function stamped(figures: object): object {
  const { name: _, ...host } = hostFacts();
  return { measuredAt: new Date().toISOString(), host, ...figures };
}

/** @param file that of {@link OUT_OPTION} */
export function keepFigures(file: string | undefined, figures: object): void {
  if (file !== undefined) writeFileSync(file, `${JSON.stringify(stamped(figures), null, 2)}\n`);
}
