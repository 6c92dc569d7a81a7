import type { Role } from '../../cluster/types.js';
import type { RespondConfig } from '../../config/respond-config.js';
import type { Ring } from './ring.js';

/** What a node with a ledger tells its user. */
export type AgentEvent =
  | {
      readonly event: 'role';
      readonly at: string;
      readonly role: string;
      readonly state: Role;
      readonly epoch: number;
      readonly inSync: boolean;
    }
  | {
      readonly event: 'journal';
      readonly entries: number;
      readonly replayed: number;
      readonly dropped: number;
    }
  | { readonly event: 'trouble'; readonly message: string };

export interface AgentParts {
  readonly config: RespondConfig;
  readonly requests: Ring;
  readonly answers: Ring;
  readonly nowNs: () => number;
  readonly epochUnixMs: number;
  /** Lets the serving thread look at the answers. */
  readonly wake: () => void;
  readonly onEvent: (event: AgentEvent) => void;
  /** The journal cannot be written any more. */
  readonly onFailure: (fault: Error) => void;
}
