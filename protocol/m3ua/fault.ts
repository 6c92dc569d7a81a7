import { DecodeError, type DecodeFault } from '../bytes/errors.js';

/** A message that does not decode, with the Error Code that RFC 4666 §3.8.1 wants sent for it. */
export class M3uaDecodeError extends DecodeError {
  readonly errorCode: number;

  constructor(errorCode: number, fault: Omit<DecodeFault, 'layer'>) {
    super({ layer: 'M3UA', ...fault });
    this.errorCode = errorCode;
  }
}

/** Throws. `offset` counts from the start of the message. */
export function refuse(
  errorCode: number,
  field: string,
  offset: number,
  expected: string,
  actual: string,
): never {
  throw new M3uaDecodeError(errorCode, { field, offset, expected, actual });
}
