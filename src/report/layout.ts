/** Lines of fixed-width text: tables, wrapped paragraphs, colour. Widths count characters of the Basic Latin kind. */

export type Align = 'left' | 'right';

/**
 * Sets rows in columns, two spaces between them.
 *
 * @param rows cells, already formatted; a row may be shorter than the others
 * @param align per column; left where not given
 * @param indent spaces before every line
 */
export function table(
  rows: readonly (readonly string[])[],
  align: readonly Align[] = [],
  indent = 2,
): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, column) => {
      widths[column] = Math.max(widths[column] ?? 0, cell.length);
    });
  }
  return rows.map((row) => {
    const cells = row.map((cell, column) =>
      align[column] === 'right' ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!),
    );
    return (' '.repeat(indent) + cells.join('  ')).trimEnd();
  });
}

/** A space inside a number, or between it and its unit: no line ends there. */
export const HELD_TOGETHER = /(?<=\d) (?=\d{3}\b|(?:ms|s|MB|min|h)\b|%)/;
/** The other spaces. */
const BREAK = new RegExp(`(?!${HELD_TOGETHER.source}) +`);

/** Breaks a paragraph at spaces into lines of at most `width` characters; words longer than that stay whole. */
export function wrap(text: string, width: number, indent = 2, hanging = indent): string[] {
  const lines: string[] = [];
  let line = ' '.repeat(indent);
  let empty = true;
  for (const word of text.split(BREAK).filter((part) => part !== '')) {
    if (!empty && line.length + 1 + word.length > width) {
      lines.push(line);
      line = ' '.repeat(hanging);
      empty = true;
    }
    line += empty ? word : ` ${word}`;
    empty = false;
  }
  return empty ? lines : [...lines, line];
}

const CODES = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33 } as const;
export type Style = keyof typeof CODES;

/** Puts a style round text; gives the text itself back when colour is off. */
export type Paint = (style: Style, text: string) => string;

export function painter(colour: boolean): Paint {
  return colour ? (style, text) => `\u001b[${CODES[style]}m${text}\u001b[0m` : (_style, text) => text;
}

/** What a terminal would act on has no place in a report: control characters of foreign strings become a visible mark. */
export function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, '?');
}
