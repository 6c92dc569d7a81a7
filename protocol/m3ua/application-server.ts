import { AS_TRANSITIONS, type AsInput } from './as-table.js';
import { STATUS, type TrafficMode } from './codes.js';
import type { AsState, Outlet } from './outputs.js';
import { dataStreamForSls } from './streams.js';

/** An AS as the SGP is configured with it. */
export interface AsOptions {
  /** Null for an AS that is known without Routing Context; then it is the only one. */
  readonly routingContext: number | null;
  /** Null takes the mode of the first ASPAC that names one, loadshare if none does. */
  readonly trafficMode: TrafficMode | null;
  /** ASPs that must be active before traffic begins (n of §4.3.2); 1 in override mode. */
  readonly activeNeeded: number;
}

/** What happens to traffic for an AS that is pending. Beyond `messagesMax` the newest message is dropped and counted. */
export type PendingPolicy =
  | { readonly kind: 'drop' }
  | { readonly kind: 'queue'; readonly messagesMax: number };

/** What all AS of an SGP have in common; see `SgpOptions`. */
export interface AsSettings {
  readonly tRNs: number;
  readonly pending: PendingPolicy;
  readonly notifies: boolean;
  readonly streams: number;
}

/** One ASP as its AS sees it. */
export interface AsMember {
  readonly outlet: Outlet;
  readonly aspIdentifier: number | undefined;
}

interface Waiting {
  readonly sls: number;
  readonly bytes: Uint8Array;
}

/** What {@link ApplicationServer.transfer} did with a message. */
export type TransferResult = 'sent' | 'queued' | 'dropped';

const STATUS_OF_STATE: Readonly<Record<AsState, number | null>> = {
  'AS-DOWN': null,
  'AS-INACTIVE': STATUS.asInactive,
  'AS-ACTIVE': STATUS.asActive,
  'AS-PENDING': STATUS.asPending,
};

/** One AS at the SGP: its ASPs, its state, T(r), and the traffic that waits while it is pending (RFC 4666 §4.3.2). */
export class ApplicationServer {
  readonly routingContext: number | null;
  /** Messages that a pending or inactive AS did not take. */
  dropped = 0;
  /** T(r); Infinity when it does not run. */
  nextDeadlineNs = Number.POSITIVE_INFINITY;
  #state: AsState = 'AS-DOWN';
  #trafficMode: TrafficMode | null;
  /** Members that are not down, in the order in which they came up. */
  readonly #up = new Set<AsMember>();
  /** Those of them that are active, in the order in which they became so. */
  #active: AsMember[] = [];
  #waiting: Waiting[] = [];
  readonly #options: AsOptions;
  readonly #settings: AsSettings;
  readonly #outlet: Outlet;

  /** `outlet` takes the events of the AS itself. */
  constructor(options: AsOptions, settings: AsSettings, outlet: Outlet) {
    this.routingContext = options.routingContext;
    this.#trafficMode = options.trafficMode;
    this.#options = options;
    this.#settings = settings;
    this.#outlet = outlet;
  }

  get state(): AsState {
    return this.#state;
  }

  get routingContexts(): readonly number[] | undefined {
    return this.routingContext === null ? undefined : [this.routingContext];
  }

  /** Messages held back for the end of AS-PENDING. */
  get queued(): number {
    return this.#waiting.length;
  }

  isActive(member: AsMember): boolean {
    return this.#active.includes(member);
  }

  /** True when an ASPAC with this mode (undefined: none named) fits what the AS works in. */
  accepts(mode: TrafficMode | undefined): boolean {
    return mode === undefined || this.#trafficMode === null || this.#trafficMode === mode;
  }

  /** ASP-DOWN -> ASP-INACTIVE. The newcomer is told the state of the AS, the others only when it changes. */
  memberUp(member: AsMember, nowNs: number): void {
    this.#up.add(member);
    if (!this.#update(nowNs)) this.#notifyState([member]);
  }

  /** ASP-INACTIVE -> ASP-ACTIVE; the caller has acknowledged it. Returns those whom it pushed aside (override mode). */
  memberActive(member: AsMember, mode: TrafficMode | undefined, nowNs: number): readonly AsMember[] {
    this.#trafficMode ??= mode ?? 'loadshare';
    if (this.isActive(member)) return [];
    let aside: readonly AsMember[] = [];
    if (this.#trafficMode === 'override') {
      aside = this.#active;
      this.#active = [];
    }
    this.#active.push(member);
    // RFC 4666 §4.3.4.3: an ASP that was overridden is told so.
    this.#notify(aside, STATUS.alternateAspActive, member.aspIdentifier);
    this.#update(nowNs);
    return aside;
  }

  /** ASP-ACTIVE -> ASP-INACTIVE. */
  memberInactive(member: AsMember, nowNs: number): void {
    if (!this.isActive(member)) return;
    this.#active = this.#active.filter((other) => other !== member);
    if (!this.#update(nowNs)) this.#warnOfTooFew();
  }

  /** To ASP-DOWN; `failed` when the association was lost rather than ASPDN received. */
  memberDown(member: AsMember, failed: boolean, nowNs: number): void {
    if (!this.#up.delete(member)) return;
    const wasActive = this.isActive(member);
    this.#active = this.#active.filter((other) => other !== member);
    // RFC 4666 §4.3.4.5: the loss of an ASP is told to the others with its identifier.
    if (failed) this.#notify([...this.#up], STATUS.aspFailure, member.aspIdentifier);
    if (!this.#update(nowNs) && wasActive) this.#warnOfTooFew();
  }

  /** T(r). */
  tick(nowNs: number): void {
    if (nowNs < this.nextDeadlineNs) return;
    this.#apply(this.#up.size === 0 ? 'T(r) allDown' : 'T(r) noneActive', nowNs);
  }

  /** Sends a DATA message (encoded, ours from now on) to the ASP or ASPs that the traffic mode chooses for its SLS. */
  transfer(sls: number, bytes: Uint8Array): TransferResult {
    if (this.#state === 'AS-ACTIVE') {
      for (const member of this.#choose(sls)) {
        member.outlet.sendBytes(dataStreamForSls(sls, this.#settings.streams), bytes);
      }
      return 'sent';
    }
    const { pending } = this.#settings;
    if (this.#state === 'AS-PENDING' && pending.kind === 'queue') {
      if (this.#waiting.length < pending.messagesMax) {
        this.#waiting.push({ sls, bytes });
        return 'queued';
      }
    }
    this.dropped += 1;
    return 'dropped';
  }

  #choose(sls: number): readonly AsMember[] {
    if (this.#trafficMode === 'broadcast') return this.#active;
    return [this.#active[this.#trafficMode === 'loadshare' ? sls % this.#active.length : 0]!];
  }

  #update(nowNs: number): boolean {
    const active = this.#active.length;
    const needed = this.#trafficMode === 'override' ? 1 : this.#options.activeNeeded;
    if (this.#up.size === 0) return this.#apply('allDown', nowNs);
    if (active === 0) return this.#apply('noneActive', nowNs);
    return this.#apply(active < needed ? 'tooFewActive' : 'enoughActive', nowNs);
  }

  /** Returns true when the state changed, which everyone who is up has been told. */
  #apply(input: AsInput, nowNs: number): boolean {
    const next = AS_TRANSITIONS[this.#state][input];
    if (next === undefined) return false;
    this.#state = next;
    this.nextDeadlineNs = next === 'AS-PENDING' ? nowNs + this.#settings.tRNs : Number.POSITIVE_INFINITY;
    this.#notifyState([...this.#up]);
    this.#outlet.tell({ kind: 'asState', routingContext: this.routingContext, state: next });
    if (next === 'AS-DOWN') this.#trafficMode = this.#options.trafficMode;
    if (next === 'AS-PENDING' && this.#settings.tRNs <= 0) this.tick(nowNs);
    else if (next !== 'AS-PENDING') this.#release();
    return true;
  }

  /** AS-PENDING is over: what waited goes out, or is lost with the AS. */
  #release(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const { sls, bytes } of waiting) this.transfer(sls, bytes);
  }

  /** RFC 4666 §4.3.4.5: inactive ASPs are asked for help when fewer are active than the AS needs. */
  #warnOfTooFew(): void {
    if (this.#state !== 'AS-ACTIVE' || this.#trafficMode === 'override') return;
    if (this.#active.length >= this.#options.activeNeeded) return;
    const inactive = [...this.#up].filter((member) => !this.isActive(member));
    this.#notify(inactive, STATUS.insufficientAspResources, undefined);
  }

  #notifyState(members: readonly AsMember[]): void {
    const status = STATUS_OF_STATE[this.#state];
    if (status !== null) this.#notify(members, status, undefined);
  }

  #notify(members: readonly AsMember[], status: number, aspIdentifier: number | undefined): void {
    if (!this.#settings.notifies) return;
    for (const { outlet } of members) {
      outlet.send({ kind: 'NTFY', status, aspIdentifier, routingContexts: this.routingContexts });
    }
  }
}
