import { openBinding } from '../transport/sctp.js';
import { checkHost, type HostCheck } from './host-checks.js';

/** Checks this host with the binding as it is built here. */
export function examineHost(): HostCheck[] {
  return checkHost(openBinding().capabilities());
}
