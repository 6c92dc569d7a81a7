import { M3UA_PPID } from '../../../protocol/m3ua/codes.js';
import { createDataFields, peekDataMessage } from '../../../protocol/m3ua/peek.js';
import { type BillingApplication, HANDLED } from '../../responder/application.js';
import type { ApplicationRow } from '../../responder/statistics.js';
import { HOST_TIME, RX, RX_KIND, type SctpHost } from '../../transport/sctp.js';
import { COMMAND, type Command, type Control } from '../control.js';
import type { Station } from '../drive.js';
import type { Links, LossCause } from '../links.js';
import type { InService } from './in-service.js';
import { LinkReports } from './link-reports.js';
import { Outbox } from './outbox.js';

/** What the serving thread tells the main thread. */
export type ResponderMessage =
  /** There are requests in the ring that the main thread reads. */
  | { readonly kind: 'requests' }
  | { readonly kind: 'listening'; readonly endpoint: SctpHost['local'] }
  | {
      readonly kind: 'interval';
      readonly row: ApplicationRow;
      readonly endedNs: number;
      readonly dropped: number;
    }
  | {
      readonly kind: 'link';
      readonly association: number;
      readonly state: 'up' | 'active' | 'inactive' | 'restarted' | LossCause;
      readonly atNs: number;
    };

export interface ResponderParts {
  readonly host: SctpHost;
  readonly control: Control;
  readonly application: BillingApplication;
  /** Null: requests are answered at once. */
  readonly inService: InService | null;
  readonly intervalNs: number;
  readonly nowNs: () => number;
  readonly tell: (message: ResponderMessage) => void;
}

/** The serving thread of a responder: takes requests to the application and its answers back, whatever SCTP is doing meanwhile. */
export class ResponderStation implements Station {
  readonly reports: LinkReports;
  readonly #parts: ResponderParts;
  readonly #outbox: Outbox;
  readonly #fields = createDataFields();
  #links!: Links;
  #intervalEndNs: number;
  #requests = 0;
  /**
   * Time of the turn. Left without a first value, so that V8 keeps it as the object that it is handed on as: one a turn instead of one a request.
   */
  #nowNs!: number;

  constructor(parts: ResponderParts) {
    this.#parts = parts;
    this.#outbox = new Outbox(parts.host, (association) => this.#links.find(association)?.streams ?? 1);
    this.reports = new LinkReports(this.#outbox, parts.control, parts.tell);
    this.#intervalEndNs = parts.nowNs() + parts.intervalNs;
  }

  /** Once, before the loop begins: links and station know each other. */
  attach(links: Links): void {
    this.#links = links;
  }

  command(command: Command, nowNs: number): void {
    if (command === COMMAND.quit) this.#closeInterval(nowNs);
  }

  receive(count: number): void {
    const { host, control } = this.#parts;
    const { rxRecords, times } = host;
    this.#nowNs = times[HOST_TIME.now]!;
    for (let index = 0; index < count; index++) {
      const at = index * RX.stride;
      if (rxRecords[at + RX.kind] === RX_KIND.message) {
        this.#message(index);
      } else {
        // A notification may change what is sent next: what was written so far goes first.
        this.#outbox.flush();
        this.#links.notification(rxRecords, at, this.#nowNs);
      }
    }
    this.#outbox.flush();
    this.#parts.application.billing.records.clear();
    control.requests = this.#requests;
  }

  advance(): void {
    const { application, inService, host } = this.#parts;
    const links = this.#links;
    const nowNs = host.times[HOST_TIME.now]!;
    if (nowNs >= links.deadlineNs) links.tick(nowNs);
    let { deadlineNs } = links;
    if (inService !== null) {
      inService.complete(nowNs, this.#serviceOver);
      this.#outbox.flush();
      deadlineNs = Math.min(deadlineNs, inService.model.nextDeadlineNs);
    }
    if (nowNs >= application.billing.nextDeadlineNs) {
      application.billing.expire(nowNs);
      application.billing.records.clear();
    }
    if (nowNs >= this.#intervalEndNs) this.#closeInterval(nowNs);
    host.times[HOST_TIME.deadline] = Math.min(
      deadlineNs,
      application.billing.nextDeadlineNs,
      this.#intervalEndNs,
    );
  }

  stalled(): void {
    // A responder that does not run is what is measured, by the generator.
  }

  #message(index: number): void {
    const { rxBytes, rxRecords } = this.#parts.host;
    const at = index * RX.stride;
    const association = rxRecords[at + RX.association]!;
    const link = this.#links.find(association);
    if (link === undefined || rxRecords[at + RX.ppid] !== M3UA_PPID) return;
    const offset = rxRecords[at + RX.offset]!;
    const length = rxRecords[at + RX.length]!;
    const stream = rxRecords[at + RX.stream]!;
    const isData = peekDataMessage(rxBytes, offset, length, this.#fields) === 0;
    if (!isData || !link.endpoint.admitsData(stream, this.#fields)) {
      this.#outbox.flush();
      this.#links.message(link, stream, rxBytes, offset, length, this.#nowNs);
      return;
    }
    this.#requests += 1;
    this.#serve(association, offset, length, index);
  }

  /** Takes the request that is message `index` of the receive batch; its time is read where it is used, because as an argument V8 would put it on the heap. */
  #serve(association: number, offset: number, length: number, index: number): void {
    const { application, host, inService } = this.#parts;
    const nowNs = this.#nowNs;
    const bytes = host.rxBytes;
    if (inService?.full === true) {
      if (application.refuse(bytes, offset, length) === HANDLED.answered) this.#answerNow(association, index);
      return;
    }
    let handled = application.handle(bytes, offset, length, nowNs);
    if (handled === HANDLED.busy) {
      application.billing.records.clear();
      handled = application.handle(bytes, offset, length, nowNs);
    }
    if (handled !== HANDLED.answered) return;
    if (inService === null) {
      this.#answerNow(association, index);
    } else {
      const place = inService.begin(
        association,
        application.sls,
        application.answerLength,
        host.rxTimesNs[index]!,
        nowNs,
      );
      application.writeAnswer(inService.bytes, place);
    }
  }

  #answerNow(association: number, index: number): void {
    const { application, host } = this.#parts;
    const room = this.#outbox.room(association, application.answerLength);
    this.#outbox.wrote(application.writeAnswer(host.txBytes, room), application.sls);
    application.statistics.responded(this.#nowNs - host.rxTimesNs[index]!);
  }

  readonly #serviceOver = (
    association: number,
    sls: number,
    bytes: Uint8Array,
    at: number,
    length: number,
    receivedNs: number,
  ): void => {
    if (this.#links.find(association) === undefined) return;
    const { host, application, nowNs } = this.#parts;
    const room = this.#outbox.room(association, length);
    host.txBytes.set(bytes.subarray(at, at + length), room);
    this.#outbox.wrote(length, sls);
    application.statistics.responded(nowNs() - receivedNs);
  };

  #closeInterval(nowNs: number): void {
    const { application, intervalNs, tell } = this.#parts;
    tell({
      kind: 'interval',
      row: application.statistics.close(nowNs),
      endedNs: nowNs,
      dropped: this.#outbox.dropped,
    });
    // After a pause of this process the interval that was cut by it is one long one.
    this.#intervalEndNs = nowNs + intervalNs;
  }
}
