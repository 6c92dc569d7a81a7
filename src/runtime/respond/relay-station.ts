import { M3UA_PPID } from '../../../protocol/m3ua/codes.js';
import { createDataFields, peekDataMessage } from '../../../protocol/m3ua/peek.js';
import { HOST_TIME, RX, RX_KIND, type SctpHost } from '../../transport/sctp.js';
import type { Control } from '../control.js';
import type { Station } from '../drive.js';
import type { Lane } from '../ledger/lane.js';
import type { Links } from '../links.js';
import type { InService } from './in-service.js';
import { LinkReports } from './link-reports.js';
import { Outbox } from './outbox.js';
import type { ResponderMessage } from './station.js';

export interface RelayParts {
  readonly host: SctpHost;
  readonly control: Control;
  readonly lane: Lane;
  /** Null: answers leave as soon as they are there. */
  readonly inService: InService | null;
  readonly tell: (message: ResponderMessage) => void;
}

/**
 * A serving thread of a responder with a ledger: SCTP and M3UA here, decisions in the thread that owns journal and interconnect.
 *
 * ```
 *   SCTP -> requests ring -> application, journal, peer -> answers ring -> SCTP
 * ```
 */
export class RelayStation implements Station {
  readonly reports: LinkReports;
  readonly #parts: RelayParts;
  readonly #outbox: Outbox;
  readonly #fields = createDataFields();
  #links!: Links;
  #requests = 0;

  constructor(parts: RelayParts) {
    this.#parts = parts;
    this.#outbox = new Outbox(parts.host, (association) => this.#links.find(association)?.streams ?? 1);
    this.reports = new LinkReports(this.#outbox, parts.control, parts.tell);
  }

  /** Once, before the loop begins: links and station know each other. */
  attach(links: Links): void {
    this.#links = links;
  }

  command(): void {
    // The loop itself ends at the command to quit.
  }

  receive(count: number): void {
    const { host, control, lane, tell } = this.#parts;
    const { rxRecords, times } = host;
    const nowNs = times[HOST_TIME.now]!;
    for (let index = 0; index < count; index++) {
      const at = index * RX.stride;
      if (rxRecords[at + RX.kind] === RX_KIND.message) {
        this.#message(at, host.rxTimesNs[index]!, nowNs);
      } else {
        // A notification may change what is sent next: what was written so far goes first.
        this.#outbox.flush();
        this.#links.notification(rxRecords, at, nowNs);
      }
    }
    control.requests = this.#requests;
    if (lane.requests.shouldWake()) tell({ kind: 'requests' });
  }

  advance(): void {
    const { host, inService, lane } = this.#parts;
    const { answers } = lane;
    const links = this.#links;
    const nowNs = host.times[HOST_TIME.now]!;
    if (nowNs >= links.deadlineNs) links.tick(nowNs);
    let { deadlineNs } = links;
    // The loop sleeps right after this: the writer has to wake it for what comes later.
    do {
      while (answers.next()) {
        this.#answer(nowNs);
        answers.done();
      }
    } while (!answers.sleep());
    if (inService !== null) {
      inService.complete(nowNs, this.#send);
      deadlineNs = Math.min(deadlineNs, inService.model.nextDeadlineNs);
    }
    this.#outbox.flush();
    host.times[HOST_TIME.deadline] = deadlineNs;
  }

  stalled(): void {
    // A responder that does not run is what is measured, by the generator.
  }

  #message(at: number, receivedNs: number, nowNs: number): void {
    const { host, lane } = this.#parts;
    const { rxBytes, rxRecords } = host;
    const association = rxRecords[at + RX.association]!;
    const link = this.#links.find(association);
    if (link === undefined || rxRecords[at + RX.ppid] !== M3UA_PPID) return;
    const offset = rxRecords[at + RX.offset]!;
    const length = rxRecords[at + RX.length]!;
    const stream = rxRecords[at + RX.stream]!;
    const isData = peekDataMessage(rxBytes, offset, length, this.#fields) === 0;
    if (!isData || !link.endpoint.admitsData(stream, this.#fields)) {
      this.#outbox.flush();
      this.#links.message(link, stream, rxBytes, offset, length, nowNs);
      return;
    }
    this.#requests += 1;
    if (!lane.requests.write(association, stream, receivedNs, rxBytes, offset, length)) {
      this.#outbox.dropped += 1;
    }
  }

  #answer(nowNs: number): void {
    const { lane, inService } = this.#parts;
    const { answers } = lane;
    const { association, tag: sls, bytes, offset, length, timeNs } = answers;
    if (inService === null || inService.full) {
      this.#send(association, sls, bytes, offset, length);
      return;
    }
    const place = inService.begin(association, sls, length, timeNs, nowNs);
    inService.bytes.set(bytes.subarray(offset, offset + length), place);
  }

  readonly #send = (
    association: number,
    sls: number,
    bytes: Uint8Array,
    at: number,
    length: number,
  ): void => {
    if (this.#links.find(association) === undefined) return;
    const { host } = this.#parts;
    const room = this.#outbox.room(association, length);
    for (let i = 0; i < length; i++) host.txBytes[room + i] = bytes[at + i]!;
    this.#outbox.wrote(length, sls);
  };
}
