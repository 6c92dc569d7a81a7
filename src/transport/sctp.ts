/**
 * SCTP as the runtime sees it: the batch-shaped host of the binding, which carrier to use, and how to get at the binding. Anything that keeps the
 * contract of {@link SctpHost} can stand in its place; tests have one on a virtual clock.
 */
import type { Binding, BindingCapabilities, Carrier } from '../../native/api.js';
import { loadBinding } from '../../native/index.js';

export {
  type Binding,
  type BindingCapabilities,
  type Carrier,
  HOST_TIME,
  RX,
  RX_KIND,
  type SctpEndpoint,
  type SctpHost,
  type SctpHostOptions,
  TX,
} from '../../native/api.js';

/** What a user may ask for; `auto` leaves the choice to {@link chooseCarrier}. */
export type CarrierChoice = Exclude<Carrier, 'memory'> | 'auto';

/** Kernel SCTP where the host has it, otherwise SCTP over UDP. A carrier asked for by name is taken as it is. */
export function chooseCarrier(choice: CarrierChoice, capabilities: BindingCapabilities): Carrier {
  if (choice !== 'auto') return choice;
  return capabilities.kernelAvailable ? 'kernel' : 'udp';
}

/** The process-wide binding. Load it in the main thread before any worker does: the library then outlives the workers. */
export function openBinding(): Binding {
  return loadBinding();
}
