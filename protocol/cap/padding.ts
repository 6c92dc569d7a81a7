import type { ObjectIdentifier } from '../ber/object-identifier.js';
import { APPLICATION_CONTEXT } from './constants.js';
import { requestMessage } from './dialogues.js';
import type { InitialDpArg } from './initial-dp.js';
import { encodeUserData, type MessageTemplate, type Parties } from './template.js';

/** Local type of the extension that carries padding: one that no receiver knows, to be ignored. */
const PADDING_TYPE = 99;
/** What an extension adds before its first octet, lengths of three octets and the step from UDT to LUDT included. */
const OVERHEAD_OCTETS_MAX = 48;

/**
 * A request padded with an extension to at most `userDataOctets` octets of SCCP message, as close as lengths allow (within 24; 40 to 4 000 octets are
 * a load test's range). A size below that of the plain request gives the plain request.
 * @throws RangeError above what an LUDT carries
 */
export function paddedRequest(
  parties: Parties,
  otid: number,
  arg: InitialDpArg,
  userDataOctets: number,
  applicationContext: ObjectIdentifier = APPLICATION_CONTEXT.capV2,
): MessageTemplate {
  const plain = encodeUserData(parties, requestMessage(otid, arg, applicationContext));
  const room = userDataOctets - plain.bytes.length;
  let best = plain;
  for (let size = Math.max(0, room - OVERHEAD_OCTETS_MAX); size < room; size++) {
    const padding = { type: PADDING_TYPE, octets: new Uint8Array(size) };
    const extensions = [...(arg.extensions ?? []), padding];
    const message = requestMessage(otid, { ...arg, extensions }, applicationContext);
    const candidate = encodeUserData(parties, message);
    if (candidate.bytes.length > userDataOctets) break;
    best = candidate;
  }
  return best;
}
