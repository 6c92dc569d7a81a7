import { BCSM_EVENT } from '../../protocol/cap/constants.js';

/** Events after which there is no call any more (TS 29.078 §5.1, BCSM detection points). */
export function endsCall(event: number): boolean {
  switch (event) {
    case BCSM_EVENT.routeSelectFailure:
    case BCSM_EVENT.oCalledPartyBusy:
    case BCSM_EVENT.oNoAnswer:
    case BCSM_EVENT.oDisconnect:
    case BCSM_EVENT.oAbandon:
    case BCSM_EVENT.tBusy:
    case BCSM_EVENT.tNoAnswer:
    case BCSM_EVENT.tDisconnect:
    case BCSM_EVENT.tAbandon:
      return true;
    default:
      return false;
  }
}
