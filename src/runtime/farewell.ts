import type { ActingEndpoint, M3uaEndpoint } from '../../protocol/m3ua/endpoint.js';
import { RX, RX_KIND, type SctpHost } from '../transport/sctp.js';
import type { Links } from './links.js';

/** A peer that does not answer for this long is left with an ABORT. */
const PATIENCE_NS = 1e9;
/** One turn of waiting. */
const TURN_NS = 20e6;

/**
 * Ends every association orderly: ASP inactive and down where we are the one who asked to be active, then SHUTDOWN. Whoever
 * does not take part in time gets an ABORT when the host is closed.
 */
export function sayFarewell(host: SctpHost, links: Links, nowNs: () => number): void {
  links.stopReopening();
  const end = nowNs() + PATIENCE_NS;
  for (const link of links) {
    if (link.up && isActing(link.endpoint)) link.endpoint.down(nowNs());
  }
  links.settle(nowNs());
  turnUntil(host, links, nowNs, end, () =>
    [...links].every(({ endpoint, up }) => !up || !isActing(endpoint) || endpoint.aspState === 'ASP-DOWN'),
  );
  for (const link of links) {
    if (link.up) host.shutdown(link.association);
  }
  turnUntil(host, links, nowNs, end + PATIENCE_NS, () => [...links].every(({ up }) => !up));
}

function isActing(endpoint: M3uaEndpoint): endpoint is ActingEndpoint {
  return 'aspState' in endpoint;
}

function turnUntil(
  host: SctpHost,
  links: Links,
  nowNs: () => number,
  end: number,
  done: () => boolean,
): void {
  while (!done() && nowNs() < end) {
    const count = host.poll(Math.min(end, nowNs() + TURN_NS));
    const now = nowNs();
    const { rxRecords, rxBytes } = host;
    for (let at = 0; at < count * RX.stride; at += RX.stride) {
      if (rxRecords[at + RX.kind] !== RX_KIND.message) {
        links.notification(rxRecords, at, now);
        continue;
      }
      const link = links.find(rxRecords[at + RX.association]!);
      if (link === undefined) continue;
      links.message(
        link,
        rxRecords[at + RX.stream]!,
        rxBytes,
        rxRecords[at + RX.offset]!,
        rxRecords[at + RX.length]!,
        now,
      );
    }
    links.tick(now);
  }
}
