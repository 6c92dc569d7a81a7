/**
 * Why a run or a responder could not do its work, told apart by whose business it is.
 * `unreachable`: the target did not answer in time or was lost for good. `system`: this host refused something. `usage`: settings that
 * turn out not to fit together. `interrupted`: the user ended it before there was anything to measure.
 */
export type FaultKind = 'unreachable' | 'system' | 'usage' | 'interrupted';

/** A fault that a command reports as one sentence (place and remedy included), never as a stack trace. */
export class RuntimeFault extends Error {
  override readonly name = 'RuntimeFault';
  readonly kind: FaultKind;

  constructor(kind: FaultKind, message: string) {
    super(message);
    this.kind = kind;
  }
}
