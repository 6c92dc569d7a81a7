import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Octets written in hexadecimal, blanks between them as one likes. */
export function octets(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text.replace(/\s+/g, ''), 'hex'));
}

/** Messages of a vector file by name: blocks of a name line and octet lines, `#` begins a comment. */
export function loadVectors(file: string): ReadonlyMap<string, Uint8Array> {
  const path = fileURLToPath(new URL(file, import.meta.url));
  const lines = readFileSync(path, 'utf8').replace(/#.*$/gm, '');
  const blocks = lines
    .split(/\n\s*\n/)
    .map((block) => block.trim())
    .filter((block) => block !== '');
  return new Map(
    blocks.map((block) => {
      const [name = '', ...rest] = block.split('\n');
      const text = rest.join('').replace(/\s+/g, '');
      if (!/^([0-9a-f]{2})+$/.test(text)) throw new Error(`${file}: ${name}: not octets`);
      return [name.trim(), octets(text)];
    }),
  );
}

/** The vector called `name`. */
export function vector(vectors: ReadonlyMap<string, Uint8Array>, name: string): Uint8Array {
  const found = vectors.get(name);
  if (found === undefined) throw new Error(`no vector ${name}`);
  return found;
}
