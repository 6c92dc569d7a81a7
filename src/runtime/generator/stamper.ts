import type { RunConfig } from '../../config/run-config.js';
import type { TransactionSlab } from '../../load/slab.js';
import { ReportTemplate, RequestTemplate } from '../../load/template.js';
import type { Stamper } from './sender.js';

/** Writes the messages of a run's scenario for the transactions of a slab. */
export class ScenarioStamper implements Stamper {
  readonly messageBytesMax: number;
  readonly #slab: TransactionSlab;
  readonly #request: RequestTemplate;
  readonly #report: ReportTemplate;

  /** @param runBits 32 bits that tell this run's calls from those of others */
  constructor(slab: TransactionSlab, config: RunConfig, runBits: number) {
    const options = { addressing: config.addressing, runId: runBits, paddingBytes: config.paddingBytes };
    this.#slab = slab;
    this.#request = new RequestTemplate(options);
    this.#report = new ReportTemplate(options, config.holdNs);
    this.messageBytesMax = Math.max(this.#request.length, this.#report.length(4));
  }

  request(bytes: Uint8Array, at: number, slot: number): number {
    const slab = this.#slab;
    const sequence = slab.sequence(slot);
    const subscriber = sequence % this.#request.subscribers;
    return this.#request.stamp(bytes, at, slab.tokens[slot]!, sequence, subscriber, slab.sls[slot]!);
  }

  report(bytes: Uint8Array, at: number, slot: number): number {
    const slab = this.#slab;
    return this.#report.stamp(
      bytes,
      at,
      slab.tokens[slot]!,
      slab.peerId[slot]!,
      slab.peerIdSize[slot]!,
      slab.sls[slot]!,
    );
  }
}
