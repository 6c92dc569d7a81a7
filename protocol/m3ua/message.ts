import { ByteWriter } from '../bytes/writer.js';
import {
  ASP_ACTIVE_PARAMETERS,
  type AspActiveMessage,
  decodeAspActive,
  encodeAspActive,
} from './asp-active.js';
import { ASP_DOWN_PARAMETERS, type AspDownMessage, decodeAspDown, encodeAspDown } from './asp-down.js';
import {
  ASP_INACTIVE_PARAMETERS,
  type AspInactiveMessage,
  decodeAspInactive,
  encodeAspInactive,
} from './asp-inactive.js';
import { ASP_UP_PARAMETERS, type AspUpMessage, decodeAspUp, encodeAspUp } from './asp-up.js';
import { BEAT_PARAMETERS, type BeatMessage, decodeBeat, encodeBeat } from './beat.js';
import { ERROR_CODE, M3UA_VERSION, MESSAGE_CLASS } from './codes.js';
import { DATA_PARAMETERS, type DataMessage, decodeData, encodeData } from './data.js';
import {
  DESTINATION_STATE_PARAMETERS,
  type DestinationStateMessage,
  decodeDestinationState,
  encodeDestinationState,
} from './destination-state.js';
import { DUPU_PARAMETERS, type DupuMessage, decodeDupu, encodeDupu } from './dupu.js';
import { decodeErr, ERR_PARAMETERS, type ErrMessage, encodeErr } from './err.js';
import { type M3uaDecodeError, refuse } from './fault.js';
import { decodeNtfy, encodeNtfy, NTFY_PARAMETERS, type NtfyMessage } from './ntfy.js';
import { Parameters, readU32 } from './parameters.js';
import { decodeScon, encodeScon, SCON_PARAMETERS, type SconMessage } from './scon.js';

/** Octets of the common message header. */
export const HEADER_SIZE = 8;
/** Most octets of an offending message that an ERR carries back. */
const DIAGNOSTIC_SIZE_MAX = 256;

/** Every message of RFC 4666 that we know; routing key management is refused by its class. */
export type M3uaMessage =
  | DataMessage
  | DestinationStateMessage
  | SconMessage
  | DupuMessage
  | AspUpMessage
  | AspDownMessage
  | BeatMessage
  | AspActiveMessage
  | AspInactiveMessage
  | ErrMessage
  | NtfyMessage;

export type M3uaKind = M3uaMessage['kind'];

/** Class, type and parameters of every message (§3.1.2). */
export const MESSAGES: Readonly<
  Record<M3uaKind, { readonly class: number; readonly type: number; readonly parameters: readonly number[] }>
> = {
  ERR: { class: MESSAGE_CLASS.mgmt, type: 0, parameters: ERR_PARAMETERS },
  NTFY: { class: MESSAGE_CLASS.mgmt, type: 1, parameters: NTFY_PARAMETERS },
  DATA: { class: MESSAGE_CLASS.transfer, type: 1, parameters: DATA_PARAMETERS },
  DUNA: { class: MESSAGE_CLASS.ssnm, type: 1, parameters: DESTINATION_STATE_PARAMETERS },
  DAVA: { class: MESSAGE_CLASS.ssnm, type: 2, parameters: DESTINATION_STATE_PARAMETERS },
  DAUD: { class: MESSAGE_CLASS.ssnm, type: 3, parameters: DESTINATION_STATE_PARAMETERS },
  SCON: { class: MESSAGE_CLASS.ssnm, type: 4, parameters: SCON_PARAMETERS },
  DUPU: { class: MESSAGE_CLASS.ssnm, type: 5, parameters: DUPU_PARAMETERS },
  DRST: { class: MESSAGE_CLASS.ssnm, type: 6, parameters: DESTINATION_STATE_PARAMETERS },
  ASPUP: { class: MESSAGE_CLASS.aspsm, type: 1, parameters: ASP_UP_PARAMETERS },
  ASPDN: { class: MESSAGE_CLASS.aspsm, type: 2, parameters: ASP_DOWN_PARAMETERS },
  BEAT: { class: MESSAGE_CLASS.aspsm, type: 3, parameters: BEAT_PARAMETERS },
  ASPUP_ACK: { class: MESSAGE_CLASS.aspsm, type: 4, parameters: ASP_UP_PARAMETERS },
  ASPDN_ACK: { class: MESSAGE_CLASS.aspsm, type: 5, parameters: ASP_DOWN_PARAMETERS },
  BEAT_ACK: { class: MESSAGE_CLASS.aspsm, type: 6, parameters: BEAT_PARAMETERS },
  ASPAC: { class: MESSAGE_CLASS.asptm, type: 1, parameters: ASP_ACTIVE_PARAMETERS },
  ASPIA: { class: MESSAGE_CLASS.asptm, type: 2, parameters: ASP_INACTIVE_PARAMETERS },
  ASPAC_ACK: { class: MESSAGE_CLASS.asptm, type: 3, parameters: ASP_ACTIVE_PARAMETERS },
  ASPIA_ACK: { class: MESSAGE_CLASS.asptm, type: 4, parameters: ASP_INACTIVE_PARAMETERS },
};

const KIND_BY_CODE = new Map<number, M3uaKind>(
  (Object.keys(MESSAGES) as M3uaKind[]).map((kind) => [
    (MESSAGES[kind].class << 8) | MESSAGES[kind].type,
    kind,
  ]),
);
const KNOWN_CLASSES = new Set<number>(Object.values(MESSAGES).map((message) => message.class));

/** What the common header says, checked. */
interface M3uaHeader {
  readonly kind: M3uaKind;
  /** Where the parameters end. */
  readonly end: number;
}

/**
 * Reads the common header (RFC 4666 §3.1).
 *
 * ```
 *   +---------------+---------------+---------------+---------------+
 *   |    Version    |   Reserved    | Message Class | Message Type  |
 *   +---------------+---------------+---------------+---------------+
 *   |                        Message Length                         |
 *   +---------------------------------------------------------------+
 * ```
 *
 * Message Length counts the header. `end` is where the received octets end; one SCTP message holds one M3UA message.
 * @throws M3uaDecodeError
 */
function decodeHeader(bytes: Uint8Array, start: number, end: number): M3uaHeader {
  const size = end - start;
  if (size < HEADER_SIZE) {
    refuse(ERROR_CODE.protocolError, 'Common Message Header', 0, `${HEADER_SIZE} octets`, `${size}`);
  }
  const version = bytes[start]!;
  // RFC 4666 §4.3.4.1.1: an unsupported version gets an Error, whatever the rest says.
  if (version !== M3UA_VERSION) {
    refuse(ERROR_CODE.invalidVersion, 'Version', 0, `${M3UA_VERSION}`, `${version}`);
  }
  const messageClass = bytes[start + 2]!;
  const type = bytes[start + 3]!;
  if (!KNOWN_CLASSES.has(messageClass)) {
    refuse(ERROR_CODE.unsupportedMessageClass, 'Message Class', 2, '0 to 4', `${messageClass}`);
  }
  const kind = KIND_BY_CODE.get((messageClass << 8) | type);
  if (kind === undefined) {
    const expected = `a type of class ${messageClass}`;
    refuse(ERROR_CODE.unsupportedMessageType, 'Message Type', 3, expected, `${type}`);
  }
  const length = readU32(bytes, start + 4);
  // RFC 4666 §3.1.4: accept a length with and without the final padding, which is at most 3 octets.
  if (length < HEADER_SIZE || length > size || size > ((length + 3) & ~3)) {
    refuse(ERROR_CODE.protocolError, 'Message Length', 4, `${size}`, `${length}`);
  }
  return { kind, end: start + length };
}

/**
 * Decodes one message that fills `bytes` from `start` up to `end`. What it returns holds views of `bytes`.
 * @throws M3uaDecodeError with the Error Code to send; {@link errFor} makes the ERR of it.
 */
export function decodeM3ua(bytes: Uint8Array, start = 0, end = bytes.length): M3uaMessage {
  const header = decodeHeader(bytes, start, end);
  const { kind } = header;
  const allowed = MESSAGES[kind].parameters;
  const parameters = new Parameters(bytes, start, start + HEADER_SIZE, header.end, allowed);
  switch (kind) {
    case 'DATA':
      return decodeData(bytes, parameters);
    case 'DUNA':
    case 'DAVA':
    case 'DAUD':
    case 'DRST':
      return decodeDestinationState(kind, parameters);
    case 'SCON':
      return decodeScon(parameters);
    case 'DUPU':
      return decodeDupu(parameters);
    case 'ASPUP':
    case 'ASPUP_ACK':
      return decodeAspUp(kind, parameters);
    case 'ASPDN':
    case 'ASPDN_ACK':
      return decodeAspDown(kind, parameters);
    case 'BEAT':
    case 'BEAT_ACK':
      return decodeBeat(kind, parameters);
    case 'ASPAC':
    case 'ASPAC_ACK':
      return decodeAspActive(kind, parameters);
    case 'ASPIA':
    case 'ASPIA_ACK':
      return decodeAspInactive(kind, parameters);
    case 'ERR':
      return decodeErr(parameters);
    case 'NTFY':
      return decodeNtfy(parameters);
  }
}

/** Encodes one message with its header; values that do not fit their field are cut to it, so check them at the edge. */
export function encodeM3ua(message: M3uaMessage): Uint8Array {
  const writer = new ByteWriter();
  const { class: messageClass, type } = MESSAGES[message.kind];
  writer.u8(M3UA_VERSION).u8(0).u8(messageClass).u8(type);
  const lengthAt = writer.reserve(4);
  encodeParameters(writer, message);
  // RFC 4666 §3.1.4: Message Length includes the padding.
  writer.setU32(lengthAt, writer.length);
  return writer.finish();
}

function encodeParameters(writer: ByteWriter, message: M3uaMessage): void {
  switch (message.kind) {
    case 'DATA':
      encodeData(writer, message);
      break;
    case 'DUNA':
    case 'DAVA':
    case 'DAUD':
    case 'DRST':
      encodeDestinationState(writer, message);
      break;
    case 'SCON':
      encodeScon(writer, message);
      break;
    case 'DUPU':
      encodeDupu(writer, message);
      break;
    case 'ASPUP':
    case 'ASPUP_ACK':
      encodeAspUp(writer, message);
      break;
    case 'ASPDN':
    case 'ASPDN_ACK':
      encodeAspDown(writer, message);
      break;
    case 'BEAT':
    case 'BEAT_ACK':
      encodeBeat(writer, message);
      break;
    case 'ASPAC':
    case 'ASPAC_ACK':
      encodeAspActive(writer, message);
      break;
    case 'ASPIA':
    case 'ASPIA_ACK':
      encodeAspInactive(writer, message);
      break;
    case 'ERR':
      encodeErr(writer, message);
      break;
    case 'NTFY':
      encodeNtfy(writer, message);
      break;
  }
}

/**
 * The ERR that answers a message which {@link decodeM3ua} refused, or null when none may be sent: an ERR is never answered with an
 * ERR (§3.8.1). `bytes` from `start` to `end` is the offending message; its first octets go back as Diagnostic Information.
 */
export function errFor(
  error: M3uaDecodeError,
  bytes: Uint8Array,
  start: number,
  end: number,
): ErrMessage | null {
  const size = end - start;
  if (size >= 4 && bytes[start + 2] === MESSAGES.ERR.class && bytes[start + 3] === MESSAGES.ERR.type)
    return null;
  const diagnostic = bytes.slice(start, Math.min(end, start + DIAGNOSTIC_SIZE_MAX));
  return { kind: 'ERR', errorCode: error.errorCode, diagnostic };
}
