/** Protocol layers that can refuse bytes or a primitive; the first word of every message a user reads. */
export type Layer = 'SCTP' | 'M3UA' | 'SCCP' | 'BER' | 'TCAP' | 'CAP' | 'MAP';

/** What a decoder knows about the place where it gave up. `offset` counts octets from the start of the buffer given to the layer. */
export interface DecodeFault {
  readonly layer: Layer;
  /** Field named as in the specification, for instance `Message Length`. */
  readonly field: string;
  readonly offset: number;
  readonly expected: string;
  readonly actual: string;
}

/** The peer sent bytes that do not decode. Never thrown for a fault of the caller or of ours. */
export class DecodeError extends Error {
  override readonly name = 'DecodeError';
  readonly fault: DecodeFault;

  constructor(fault: DecodeFault) {
    super(
      `${fault.layer}: ${fault.field} at octet ${fault.offset}: expected ${fault.expected}, got ${fault.actual}`,
    );
    this.fault = fault;
  }
}
