import { type Control, WORKER_STATE } from '../control.js';
import type { Link, LinkListener, LossCause } from '../links.js';
import type { Outbox } from './outbox.js';
import type { ResponderMessage } from './station.js';

/** Tells the main thread what becomes of the associations of a serving thread. */
export class LinkReports implements LinkListener {
  readonly #outbox: Outbox;
  readonly #control: Control;
  readonly #tell: (message: ResponderMessage) => void;

  constructor(outbox: Outbox, control: Control, tell: (message: ResponderMessage) => void) {
    this.#outbox = outbox;
    this.#control = control;
    this.#tell = tell;
  }

  up(link: Link, nowNs: number): void {
    this.#report(link, 'up', nowNs);
  }

  lost(link: Link, cause: LossCause, _code: number, nowNs: number): void {
    this.#outbox.forget(link.association);
    this.#report(link, cause, nowNs);
  }

  restarted(link: Link, nowNs: number): void {
    // The peer knows nothing of these requests any more, and may have fewer streams than they wait for.
    this.#outbox.forget(link.association);
    this.#report(link, 'restarted', nowNs);
  }

  trafficChanged(link: Link, nowNs: number): void {
    if (link.carriesTraffic && this.#control.state === WORKER_STATE.open)
      this.#control.state = WORKER_STATE.ready;
    this.#report(link, link.carriesTraffic ? 'active' : 'inactive', nowNs);
  }

  writable(link: Link): void {
    this.#outbox.writable(link.association);
  }

  event(): void {
    // States are told by trafficChanged; what a peer does wrong is answered by M3UA itself.
  }

  #report(link: Link, state: (ResponderMessage & { kind: 'link' })['state'], atNs: number): void {
    this.#tell({ kind: 'link', association: link.association, state, atNs });
  }
}
