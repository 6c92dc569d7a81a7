/**
 * Length octets of a BER element at `at`, for readers that must not allocate.
 *
 * ```
 *   result = contents length * 8 + number of length octets (1...5)
 * ```
 * @returns -1 when they are malformed or the contents pass `end`; -2 for the indefinite form
 */
export function readHeader(bytes: Uint8Array, at: number, end: number): number {
  if (at >= end) return -1;
  const first = bytes[at]!;
  if (first < 0x80) return at + 1 + first > end ? -1 : (first << 3) | 1;
  if (first === 0x80) return -2;
  const count = first & 0x7f;
  if (count > 4 || at + 1 + count > end) return -1;
  let length = 0;
  for (let index = 1; index <= count; index++) length = length * 256 + bytes[at + index]!;
  if (at + 1 + count + length > end) return -1;
  return (length << 3) | (count + 1);
}

/** Octets of the identifier at `at`: 1 to 3; -1 when it is cut off or longer. */
export function identifierSize(bytes: Uint8Array, at: number, end: number): number {
  if (at >= end) return -1;
  if ((bytes[at]! & 0x1f) !== 0x1f) return 1;
  if (at + 1 >= end) return -1;
  if (bytes[at + 1]! < 0x80) return 2;
  if (at + 2 >= end || bytes[at + 2]! >= 0x80) return -1;
  return 3;
}

/**
 * A signed INTEGER of 1 to 6 octets, `size` of them at `at`.
 * @returns NaN for other sizes
 */
export function integerAt(bytes: Uint8Array, at: number, size: number): number {
  if (size === 1) return (bytes[at]! << 24) >> 24;
  if (size < 1 || size > 6) return Number.NaN;
  let value = (bytes[at]! << 24) >> 24;
  for (let index = 1; index < size; index++) value = value * 256 + bytes[at + index]!;
  return value;
}
