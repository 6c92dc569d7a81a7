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

/** The peer sent a well-formed message that the procedures do not allow here. */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError';
  readonly layer: Layer;
  /** State in which the message arrived, named as in the specification. */
  readonly state: string;

  constructor(layer: Layer, state: string, detail: string) {
    super(`${layer}: ${detail} in state ${state}`);
    this.layer = layer;
    this.state = state;
  }
}
