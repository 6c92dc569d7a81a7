/** What the starting thread hands a thread that dirties memory. */
export interface DirtyWorkerData {
  readonly control: SharedArrayBuffer;
  readonly memory: SharedArrayBuffer;
  /** Bytes to fill with random ones first, so that no page is zero or like another. */
  readonly fill: { readonly offset: number; readonly length: number };
  /** Part of the memory that is written again and again; whole pages. */
  readonly dirty: { readonly offset: number; readonly length: number };
  readonly bytesPerSecond: number;
  readonly order: 'sequential' | 'random';
}

/** Smallest part of memory that a migration copies again. */
export const PAGE_BYTES = 4096;
