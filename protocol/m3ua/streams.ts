/** Stream of ASPSM, ASPTM, MGMT and SSNM messages (RFC 4666 §1.4.7). */
export const MANAGEMENT_STREAM = 0;

/**
 * The stream for DATA with this SLS: the same SLS always takes the same stream, so that its messages stay in order, and never
 * stream 0 (§1.4.7). `streams` is the number of outgoing streams of the association, stream 0 included.
 *
 * NOTE: deviates from RFC 4666 §1.4.7 because an association with one stream could carry no DATA at all: then the answer is
 * stream 0, which a strict peer answers with Invalid Stream Identifier.
 */
export function dataStreamForSls(sls: number, streams: number): number {
  return streams < 2 ? MANAGEMENT_STREAM : 1 + (sls % (streams - 1));
}
