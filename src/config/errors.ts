/** Where a setting came from: a line of a profile, or a command-line flag. */
export type FaultOrigin =
  | { readonly kind: 'file'; readonly file: string; readonly line: number | null }
  | { readonly kind: 'flag'; readonly flag: string }
  | { readonly kind: 'command' };

/** One thing wrong with what the user wrote. */
export interface ConfigFault {
  readonly origin: FaultOrigin;
  /** Key as written, with dots between levels and brackets round indexes, for instance `sctp.rto.min`; empty for the whole. */
  readonly key: string;
  /** What is wrong and what would be right. */
  readonly message: string;
}

/** The user's settings do not hold. Carries every fault found, so that one pass mends them all. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly faults: readonly ConfigFault[];

  constructor(faults: readonly ConfigFault[]) {
    super(faults.map(formatFault).join('\n'));
    this.faults = faults;
  }
}

/** A value does not parse. Thrown by the parsers of single values, which know no file and no key. */
export class ValueError extends Error {
  override readonly name = 'ValueError';
}

/** One line for people: `demo.yaml:4: rate: ...`, `--rate: ...` or, for what is missing, `target: ...`. */
export function formatFault(fault: ConfigFault): string {
  const origin = fault.origin;
  if (origin.kind === 'command') return fault.key === '' ? fault.message : `${fault.key}: ${fault.message}`;
  if (origin.kind === 'flag') return `${origin.flag}: ${fault.message}`;
  const place = origin.line === null ? origin.file : `${origin.file}:${origin.line}`;
  return fault.key === '' ? `${place}: ${fault.message}` : `${place}: ${fault.key}: ${fault.message}`;
}
