/**
 * M3UA messages as one line of text and as octets, for transcripts. Written from RFC 4666 on its own, without any of the code under test, so
 * that an error there cannot hide behind the same error here.
 *
 *   ASPAC tmt=2 rc=7,8        ERR code=06 rc=7        DATA rc=7 opc=1 dpc=2 sls=3 user=0900
 *
 * Numbers are decimal, except `code` (hexadecimal, as the RFC writes error codes), `status` (type/information) and octets.
 */
const CODES: Readonly<Record<string, readonly [number, number]>> = {
  ERR: [0, 0],
  NTFY: [0, 1],
  DATA: [1, 1],
  DUNA: [2, 1],
  DAVA: [2, 2],
  DAUD: [2, 3],
  SCON: [2, 4],
  DUPU: [2, 5],
  DRST: [2, 6],
  ASPUP: [3, 1],
  ASPDN: [3, 2],
  BEAT: [3, 3],
  ASPUP_ACK: [3, 4],
  ASPDN_ACK: [3, 5],
  BEAT_ACK: [3, 6],
  ASPAC: [4, 1],
  ASPIA: [4, 2],
  ASPAC_ACK: [4, 3],
  ASPIA_ACK: [4, 4],
};

const STATUS: Readonly<Record<string, string>> = {
  'AS-INACTIVE': '00010002',
  'AS-ACTIVE': '00010003',
  'AS-PENDING': '00010004',
  'insufficient-resources': '00020001',
  'alternate-asp-active': '00020002',
  'asp-failure': '00020003',
};

const WORDS: Readonly<Record<string, string>> = {
  rc: '0006',
  tmt: '000b',
  id: '0011',
  apc: '0012',
  corr: '0013',
  na: '0200',
  cause: '0204',
  level: '0205',
  concerned: '0206',
};

function words(list: string): string {
  return list
    .split(',')
    .map((word) => Number(word).toString(16).padStart(8, '0'))
    .join('');
}

function parameter(tag: string, value: string): string {
  const length = (value.length / 2 + 4).toString(16).padStart(4, '0');
  return tag + length + value.padEnd(Math.ceil(value.length / 8) * 8, '0');
}

/** Octets of a message line. */
export function toBytes(line: string): Uint8Array {
  const [name = '', ...fields] = line.trim().split(/\s+/);
  if (name === 'hex') return fromHex(fields.join(''));
  const code = CODES[name];
  if (code === undefined) throw new Error(`no such message: ${line}`);
  const values = new Map(fields.map((field) => field.split('=', 2) as [string, string]));
  let body = '';
  for (const [key, value] of values) {
    if (key === 'code') body += parameter('000c', value.padStart(8, '0'));
    else if (key === 'status') body += parameter('000d', STATUS[value] ?? '00000000');
    else if (key === 'beat') body += parameter('0009', value);
    else if (key === 'user') body += parameter('0210', label(values) + value);
    else if (WORDS[key] !== undefined) body += parameter(WORDS[key], words(value));
    else if (!LABEL.has(key)) throw new Error(`no such field: ${key} in ${line}`);
  }
  const length = (body.length / 2 + 8).toString(16).padStart(8, '0');
  const header = `0100${code.map((octet) => octet.toString(16).padStart(2, '0')).join('')}`;
  return fromHex(header + length + body);
}

const LABEL = new Set(['opc', 'dpc', 'sls']);

function label(values: ReadonlyMap<string, string>): string {
  const sls = Number(values.get('sls') ?? 0)
    .toString(16)
    .padStart(2, '0');
  return `${words(values.get('opc') ?? '0')}${words(values.get('dpc') ?? '0')}030000${sls}`;
}

/** The line of a message's octets; Diagnostic Information is shown as `diag`, because its content is the offending message. */
export function toText(bytes: Uint8Array): string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const name = Object.keys(CODES).find((key) => {
    const code = CODES[key];
    return code?.[0] === bytes[2] && code?.[1] === bytes[3];
  });
  if (bytes[0] !== 1 || bytes[1] !== 0 || view.getUint32(4) !== bytes.length || bytes.length % 4 !== 0) {
    return `malformed ${toHex(bytes)}`;
  }
  let text = name ?? `class ${bytes[2]} type ${bytes[3]}`;
  for (let at = 8; at < bytes.length; ) {
    const tag = toHex(bytes.subarray(at, at + 2));
    const length = view.getUint16(at + 2);
    const value = toHex(bytes.subarray(at + 4, at + length));
    text += ` ${field(tag, value)}`;
    at += Math.ceil(length / 4) * 4;
  }
  return text;
}

function field(tag: string, value: string): string {
  if (tag === '000c') return `code=${value.slice(6)}`;
  if (tag === '0007') return 'diag';
  if (tag === '0009') return `beat=${value}`;
  if (tag === '000d') return `status=${Object.keys(STATUS).find((key) => STATUS[key] === value) ?? value}`;
  if (tag === '0210') {
    const [opc, dpc] = [value.slice(0, 8), value.slice(8, 16)].map((hex) => Number.parseInt(hex, 16));
    return `opc=${opc} dpc=${dpc} sls=${Number.parseInt(value.slice(22, 24), 16)} user=${value.slice(24)}`;
  }
  const key = Object.keys(WORDS).find((word) => WORDS[word] === tag);
  const list = (value.match(/.{8}/g) ?? []).map((word) => Number.parseInt(word, 16));
  return `${key ?? tag}=${list.join(',')}`;
}

export function fromHex(hex: string): Uint8Array {
  return Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

export function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (octet) => octet.toString(16).padStart(2, '0')).join('');
}
