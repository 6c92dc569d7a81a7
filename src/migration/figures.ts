const BYTES: Readonly<Record<string, number>> = {
  B: 1,
  KiB: 1024,
  MiB: 1024 ** 2,
  GiB: 1024 ** 3,
  TiB: 1024 ** 4,
  KB: 1024,
  MB: 1024 ** 2,
  GB: 1024 ** 3,
};

/** `71.034 MiB` to bytes; null for anything else. */
export function readBytes(text: string | undefined): number | null {
  const match = /^\s*(\d+(?:\.\d+)?)\s*([KMGT]i?B|B)\s*$/.exec(text ?? '');
  const unit = match === null ? undefined : BYTES[match[2]!];
  return match === null || unit === undefined ? null : Math.round(Number(match[1]) * unit);
}

/** A match's first group as a number, or null. */
export function firstNumber(text: string, pattern: RegExp): number | null {
  const match = pattern.exec(text);
  if (match?.[1] === undefined) return null;
  const value = Number(match[1]);
  return Number.isFinite(value) ? value : null;
}

/** The value beside `name:` in a table of `name: value` lines. */
export function namedValue(text: string, name: string): string | undefined {
  const line = text.split('\n').find((one) => one.trim().startsWith(`${name}:`));
  return line?.slice(line.indexOf(':') + 1).trim();
}
