import type { M3uaKind } from './message.js';
import type { AspState } from './outputs.js';

/**
 * `discard`: drop without an answer. `echo`: BEAT ACK. `audit`: answer DAUD with what is known. `network`, `error`: tell the user.
 */
export type SgpAction =
  | 'ackUp'
  | 'ackDown'
  | 'activate'
  | 'inactivate'
  | 'unexpected'
  | 'discard'
  | 'echo'
  | 'beatAck'
  | 'audit'
  | 'network'
  | 'error'
  | 'data';

type SgpRow = Readonly<Partial<Record<M3uaKind, readonly SgpAction[]>>>;

/**
 * What an SGP does with a message of an ASP, by that ASP's state (RFC 4666 §4.3.4). A missing cell is a message that is recognised and not
 * expected: ERR Unexpected Message (§3.8.1). The actions change the ASP's state where the RFC says so.
 */
export const SGP_ACTIONS: Readonly<Record<AspState, SgpRow>> = {
  'ASP-DOWN': {
    ASPUP: ['ackUp'],
    // §4.3.4.2: acknowledged even when the ASP is down already.
    ASPDN: ['ackDown'],
    ERR: ['error'],
  },
  'ASP-INACTIVE': {
    // §4.3.4.1: acknowledged again, nothing else happens.
    ASPUP: ['ackUp'],
    ASPDN: ['ackDown'],
    ASPAC: ['activate'],
    ASPIA: ['inactivate'],
    BEAT: ['echo'],
    BEAT_ACK: ['beatAck'],
    DAUD: ['audit'],
    SCON: ['network'],
    ERR: ['error'],
    // §3.8.1 names silent discard; what was under way when the ASP became inactive must not cause a storm of ERR.
    DATA: ['discard'],
  },
  'ASP-ACTIVE': {
    // §4.3.4.1: an Error beside the acknowledgement, and the ASP is inactive in every AS.
    ASPUP: ['unexpected', 'ackUp'],
    ASPDN: ['ackDown'],
    ASPAC: ['activate'],
    ASPIA: ['inactivate'],
    BEAT: ['echo'],
    BEAT_ACK: ['beatAck'],
    DAUD: ['audit'],
    SCON: ['network'],
    ERR: ['error'],
    DATA: ['data'],
  },
};
