import { closeSync, openSync, writeSync } from 'node:fs';

/** A long file never stands in memory whole: it is written in pieces of about this length. */
const PIECE_CHARACTERS = 256 * 1024;

/**
 * Writes a whole file from its lines.
 * @returns bytes written
 * @throws what the disk refused; a part may be written then
 */
export function writePieces(file: string, lines: Iterable<string>): number {
  const fd = openSync(file, 'w');
  let bytes = 0;
  let piece = '';
  const put = (): void => {
    const buffer = Buffer.from(piece);
    for (let at = 0; at < buffer.length; ) at += writeSync(fd, buffer, at);
    bytes += buffer.length;
    piece = '';
  };
  try {
    for (const line of lines) {
      piece += `${line}\n`;
      if (piece.length >= PIECE_CHARACTERS) put();
    }
    put();
  } finally {
    closeSync(fd);
  }
  return bytes;
}
