import type { Role } from '../../cluster/types.js';
import type { RespondConfig } from '../../config/respond-config.js';
import type { Lane } from './lane.js';

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
  /** A sync of the journal that began `at` took far longer than they do here; answers waited for it. */
  | { readonly event: 'slowSync'; readonly at: string; readonly tookMs: number }
  | { readonly event: 'trouble'; readonly message: string };

export interface AgentParts {
  readonly config: RespondConfig;
  /** One a serving thread. */
  readonly lanes: readonly Lane[];
  readonly nowNs: () => number;
  readonly epochUnixMs: number;
  /** Lets the serving thread of a lane look at the answers. */
  readonly wake: (lane: number) => void;
  readonly onEvent: (event: AgentEvent) => void;
  /** The journal cannot be written any more. */
  readonly onFailure: (fault: Error) => void;
}
