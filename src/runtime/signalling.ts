import { AspMachine, type AspOptions, T_ACK_NS_DEFAULT } from '../../protocol/m3ua/asp-machine.js';
import { IpspEndpoint } from '../../protocol/m3ua/ipsp-endpoint.js';
import type { OutputQueue } from '../../protocol/m3ua/outputs.js';
import { SgpMachine, T_R_NS_DEFAULT } from '../../protocol/m3ua/sgp-machine.js';
import type { AddressingConfig } from '../config/run-config.js';
import type { CreateEndpoint } from './links.js';

/** How this side takes part in M3UA. */
export interface Signalling {
  readonly create: CreateEndpoint;
  /** Present when we are the SGP: it has deadlines of its own, and wants to know of associations that are gone. */
  readonly sgp: SgpMachine | null;
}

export interface SignallingOptions {
  readonly addressing: AddressingConfig;
  /** Outgoing streams of every association. */
  readonly streams: number;
  /** IPSP: this side asks for the state, because it opened the association. */
  readonly opens: boolean;
}

/** The M3UA endpoints of one worker, in the role that its configuration names. */
export function signallingOf(queue: OutputQueue, options: SignallingOptions): Signalling {
  const { addressing, streams } = options;
  const singleStream = streams < 2;
  const asp: AspOptions = {
    routingContexts: addressing.routingContext === null ? [] : [addressing.routingContext],
    trafficMode: addressing.trafficMode,
    networkAppearance: addressing.networkAppearance,
    tAckNs: T_ACK_NS_DEFAULT,
    beatIntervalNs: 0,
    singleStream,
  };
  switch (addressing.role) {
    case 'asp':
      return { create: (association) => new AspMachine(queue, association, asp), sgp: null };
    case 'ipsp':
      return {
        create: (association) =>
          new IpspEndpoint(queue, association, { asp, exchange: 'single', begins: options.opens }),
        sgp: null,
      };
    case 'sgp': {
      const sgp = new SgpMachine(queue, {
        applicationServers: [
          { routingContext: addressing.routingContext, trafficMode: null, activeNeeded: 1 },
        ],
        tRNs: T_R_NS_DEFAULT,
        pending: { kind: 'drop' },
        notifies: true,
        requireAspIdentifier: false,
        networkAppearance: addressing.networkAppearance,
        beatIntervalNs: 0,
        streams,
        singleStream,
        destinationState: () => 'available',
      });
      return { create: (association) => sgp.open(association), sgp };
    }
  }
}
