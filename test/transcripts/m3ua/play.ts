import { AspMachine, type AspOptions } from '../../../protocol/m3ua/asp-machine.js';
import { TRAFFIC_MODE, type TrafficMode } from '../../../protocol/m3ua/codes.js';
import type { M3uaEndpoint } from '../../../protocol/m3ua/endpoint.js';
import { IpspEndpoint } from '../../../protocol/m3ua/ipsp-endpoint.js';
import { type M3uaEvent, OutputQueue } from '../../../protocol/m3ua/outputs.js';
import { SgpEndpoint } from '../../../protocol/m3ua/sgp-endpoint.js';
import { SgpMachine } from '../../../protocol/m3ua/sgp-machine.js';
import { toBytes, toText } from './wire.js';

/**
 * Plays a transcript: lines of input go in, and after each the outputs must be the lines that follow it. Returns the transcript with the
 * outputs that really came, so that a test compares two texts.
 *
 *   # comment                          kept
 *   role sgp rc=7 mode=override        sgp: rc, mode, needed, tr (ms), queue, strict-id, na; asp: rc, mode, id, na, beat, goal; ipsp: exchange, begins
 *   > 1 up | lost | restart            association 1
 *   > 1 ASPUP id=3                     message on stream 0
 *   > 1/5 DATA ...                     the same on stream 5
 *   > 1 activate | deactivate | down   user primitives
 *   > 1 block                          lock the ASP out (management blocking)
 *   > 1 audit                          DAUD for point code 9
 *   > transfer rc=7 sls=1              DATA of the SGP's user
 *   > announce 9                       DUNA for point code 9
 *   > wait 2000                        milliseconds pass
 *   < 1 ASPUP_ACK                      sent on stream 0; `1/5` on another one
 *   ! 1 peerState ASP-INACTIVE         event
 *   ? 1 data yes                       whether DATA may be sent
 */
export function play(transcript: string): string {
  const player = new Player();
  const result: string[] = [];
  for (const line of transcript.trimEnd().split('\n')) {
    if (line.startsWith('<') || line.startsWith('!')) continue;
    if (line.startsWith('?')) {
      result.push(player.answer(line));
    } else {
      result.push(line);
      if (line.startsWith('role ')) player.role(line);
      else if (line.startsWith('> ')) result.push(...player.input(line.slice(2)));
    }
  }
  return `${result.join('\n')}\n`;
}

const MS = 1_000_000;

class Player {
  #nowNs = 0;
  readonly #queue = new OutputQueue();
  #sgp: SgpMachine | null = null;
  #settings = new Map<string, string>();
  #kind = '';
  readonly #endpoints = new Map<number, M3uaEndpoint>();

  role(line: string): void {
    const [, kind = '', ...settings] = line.split(/\s+/);
    this.#kind = kind;
    this.#settings = new Map(settings.map((setting) => setting.split('=', 2) as [string, string]));
    if (kind === 'sgp') this.#sgp = this.#newSgp();
  }

  input(line: string): string[] {
    const [target = '', ...rest] = line.split(' ');
    if (target === 'wait') this.#wait(Number(rest[0]));
    else if (target === 'transfer') this.#transfer(rest);
    else if (target === 'announce') {
      this.#sgp?.announce({ kind: 'DUNA', affected: [{ mask: 0, pointCode: Number(rest[0]) }] });
    } else this.#association(target, rest.join(' '));
    return this.#drain();
  }

  answer(line: string): string {
    const association = Number(line.split(' ')[1]);
    return `? ${association} data ${this.#endpoints.get(association)?.mayTransferData === true ? 'yes' : 'no'}`;
  }

  #association(target: string, what: string): void {
    const [number = '', stream = '0'] = target.split('/');
    const endpoint = this.#endpoint(Number(number));
    const now = this.#nowNs;
    switch (what) {
      case 'up':
        endpoint.communicationUp(now);
        break;
      case 'lost':
        endpoint.communicationLost(now);
        break;
      case 'restart':
        endpoint.restart(now);
        break;
      case 'activate':
      case 'deactivate':
      case 'down':
        if (!(endpoint instanceof AspMachine || endpoint instanceof IpspEndpoint)) throw new Error(what);
        endpoint[what](now);
        break;
      case 'block':
        if (endpoint instanceof SgpEndpoint) endpoint.blocked = true;
        break;
      case 'audit':
        if (endpoint instanceof AspMachine) endpoint.audit([{ mask: 0, pointCode: 9 }]);
        break;
      default: {
        const bytes = toBytes(what);
        endpoint.receive(Number(stream), bytes, 0, bytes.length, now);
      }
    }
  }

  /** Steps through every deadline on the way, as a loop would. */
  #wait(ms: number): void {
    const until = this.#nowNs + ms * MS;
    const timed = this.#sgp === null ? [...this.#endpoints.values()] : [this.#sgp];
    for (;;) {
      const next = Math.min(...timed.map((machine) => machine.nextDeadlineNs));
      if (next > until) break;
      this.#nowNs = next;
      for (const machine of timed) machine.tick(next);
    }
    this.#nowNs = until;
  }

  #transfer(fields: readonly string[]): void {
    const values = new Map(fields.map((field) => field.split('=', 2) as [string, string]));
    const context = values.get('rc');
    const sls = Number(values.get('sls') ?? 0);
    const bytes = toBytes(`DATA ${context === undefined ? '' : `rc=${context} `}sls=${sls} user=09`);
    this.#sgp?.transfer(context === undefined ? null : Number(context), sls, bytes);
  }

  #drain(): string[] {
    const lines: string[] = [];
    for (let output = this.#queue.take(); output !== undefined; output = this.#queue.take()) {
      if (output.kind === 'event') lines.push(`! ${output.association} ${eventText(output.event)}`);
      else {
        const stream = output.stream === 0 ? '' : `/${output.stream}`;
        lines.push(`< ${output.association}${stream} ${toText(output.bytes)}`);
      }
    }
    return lines;
  }

  #endpoint(association: number): M3uaEndpoint {
    const known = this.#endpoints.get(association);
    if (known !== undefined) return known;
    const endpoint = this.#newEndpoint(association);
    this.#endpoints.set(association, endpoint);
    return endpoint;
  }

  #newEndpoint(association: number): M3uaEndpoint {
    if (this.#sgp !== null) {
      return this.#settings.has('no-as') ? this.#sgp.open(association, []) : this.#sgp.open(association);
    }
    if (this.#kind === 'asp') {
      const goal = this.#settings.get('goal') ?? 'active';
      return new AspMachine(
        this.#queue,
        association,
        this.#aspOptions(),
        goal as 'active' | 'inactive' | 'down',
      );
    }
    const exchange = this.#settings.get('exchange') === 'double' ? 'double' : 'single';
    const begins = this.#settings.get('begins') !== 'no';
    return new IpspEndpoint(this.#queue, association, { asp: this.#aspOptions(), exchange, begins });
  }

  #aspOptions(): AspOptions {
    const identifier = this.#settings.get('id');
    return {
      aspIdentifier: identifier === undefined ? undefined : Number(identifier),
      routingContexts: this.#contexts(),
      trafficMode: this.#mode() ?? undefined,
      networkAppearance: this.#number('na'),
      tAckNs: 2000 * MS,
      beatIntervalNs: (this.#number('beat') ?? 0) * MS,
      singleStream: false,
    };
  }

  #newSgp(): SgpMachine {
    const contexts: (number | null)[] = this.#contexts();
    const queue = this.#number('queue');
    return new SgpMachine(this.#queue, {
      applicationServers: (contexts.length === 0 ? [null] : contexts).map((routingContext) => ({
        routingContext,
        trafficMode: this.#mode(),
        activeNeeded: this.#number('needed') ?? 1,
      })),
      tRNs: (this.#number('tr') ?? 2000) * MS,
      pending: queue === null ? { kind: 'drop' } : { kind: 'queue', messagesMax: queue },
      notifies: true,
      requireAspIdentifier: this.#settings.has('strict-id'),
      networkAppearance: this.#number('na'),
      beatIntervalNs: (this.#number('beat') ?? 0) * MS,
      streams: 4,
      singleStream: false,
      destinationState: ({ pointCode }) =>
        (['unknown', 'available', 'unavailable', 'restricted'] as const)[pointCode] ?? 'unknown',
    });
  }

  #contexts(): number[] {
    const list = this.#settings.get('rc');
    return list === undefined ? [] : list.split(',').map(Number);
  }

  #mode(): TrafficMode | null {
    const mode = this.#settings.get('mode');
    return mode !== undefined && mode in TRAFFIC_MODE ? (mode as TrafficMode) : null;
  }

  #number(key: string): number | null {
    const value = this.#settings.get(key);
    return value === undefined ? null : Number(value);
  }
}

function eventText(event: M3uaEvent): string {
  switch (event.kind) {
    case 'aspState':
      return `aspState ${event.state}`;
    case 'peerState':
      return `peerState ${event.state}`;
    case 'asState':
      return `asState ${event.routingContext ?? '-'} ${event.state}`;
    case 'refused':
      return `refused ${event.request} ${event.errorCode.toString(16).padStart(2, '0')}`;
    case 'ackMissing':
      return `ackMissing ${event.request} ${event.attempts}`;
    case 'notify':
      return 'notify';
    case 'error':
      return `error ${event.message.errorCode.toString(16).padStart(2, '0')}`;
    case 'network':
      return `network ${event.message.kind} ${event.message.affected.map(({ pointCode }) => pointCode).join(',')}`;
    case 'data':
      return `data sls=${event.message.protocolData.sls}`;
    case 'discarded':
      return `discarded ${event.message}`;
    case 'malformed':
      return `malformed ${event.error.fault.field}`;
    case 'overridden':
    case 'beatLost':
      return event.kind;
  }
}
