/** Version of what is written; another one is not read. */
export const FORMAT = 2;

/** Whose journal it is; a folder never changes hands. */
export interface JournalIdentity {
  readonly cluster: string;
  readonly node: string;
  /** What a record means depends on these (subscribers, prices); another value is another ledger. */
  readonly ledger: string;
}

/** Why a folder that says `found` is not the one wanted, null when it is. */
export function identityFault(
  found: JournalIdentity & { readonly format?: number },
  wanted: JournalIdentity,
): string | null {
  if (found.format !== FORMAT)
    return 'was written by another version of this program; name an empty folder with --data';
  for (const key of ['cluster', 'node', 'ledger'] as const) {
    if (found[key] === wanted[key]) continue;
    const whose = key === 'ledger' ? 'was made with' : 'belongs to';
    return `${whose} ${key} ${JSON.stringify(found[key])}, not ${JSON.stringify(wanted[key])}; name the right folder with --data`;
  }
  return null;
}
