import type { M3uaEvent } from '../../../protocol/m3ua/outputs.js';
import type { LossCause } from '../links.js';

/** What a worker tells the main thread as it happens; rare. */
export type GeneratorMessage =
  | { readonly kind: 'link'; readonly link: LinkReport }
  | {
      readonly kind: 'm3ua';
      readonly association: number;
      readonly target: number;
      readonly text: string;
      readonly atNs: number;
    };

export interface LinkReport {
  readonly association: number;
  readonly target: number;
  readonly state: 'up' | 'active' | 'inactive' | 'restarted' | LossCause;
  /** Error cause of an ABORT. */
  readonly code: number;
  readonly atNs: number;
}

/** Events worth a line in events.ndjson; null for those that the link's own state tells. */
export function describeEvent(event: M3uaEvent): string | null {
  switch (event.kind) {
    case 'refused':
      return `peer refused ${event.request} for good, error code ${event.errorCode}`;
    case 'ackMissing':
      return `no acknowledgement of ${event.request} (attempt ${event.attempts})`;
    case 'error':
      return `peer sent ERR, code ${event.message.errorCode}`;
    case 'malformed':
      return `malformed message: ${event.error.message}`;
    case 'overridden':
      return 'another ASP took over the traffic (override mode)';
    case 'network':
      return `peer reports ${event.message.kind}`;
    case 'beatLost':
      return 'peer does not answer BEAT';
    case 'discarded':
      return `${event.message} dropped: ${event.reason}`;
    default:
      return null;
  }
}
