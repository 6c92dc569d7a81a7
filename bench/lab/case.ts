/** One way to migrate the lab's guest; results are comparable only within a case. */
export interface LabCase {
  readonly driver: 'qemu' | 'libvirt';
  /** Load offered to the guest, requests a second. */
  readonly rate: number;
  /** SCTP in the guest: `udp` is usrsctp in our process, `kernel` is Linux SCTP. */
  readonly engine: 'udp' | 'kernel';
  /** RTO of both sides, `rfc` or INITIAL/MIN/MAX. */
  readonly rto: string;
  /** Rate of the migration link such as `400mbit`; null: unshaped. */
  readonly link: string | null;
  /** Memory that the guest dirties, such as `16MB`; null: it idles beside the responder. */
  readonly memory: string | null;
  readonly memoryRate: string;
  /** QEMU stops the guest when what is left can be sent in this time. */
  readonly downtimeLimitMs: number;
}

/** The largest RTO is the greater part of the width of the bounds; the emulated guest answers within 40 ms when the host is quiet. */
export const TUNED_RTO = '60ms/40ms/60ms';

export const DEFAULT_CASE: LabCase = {
  driver: 'qemu',
  rate: 100,
  engine: 'udp',
  rto: TUNED_RTO,
  link: null,
  memory: null,
  memoryRate: '100MB/s',
  downtimeLimitMs: 500,
};

/** The cases of `--all`: every driver over both links, idle and with dirty memory; and what a different RTO or SCTP changes. */
export const ALL_CASES: readonly LabCase[] = [
  DEFAULT_CASE,
  { ...DEFAULT_CASE, link: '400mbit' },
  { ...DEFAULT_CASE, memory: '16MB' },
  { ...DEFAULT_CASE, link: '400mbit', memory: '16MB' },
  { ...DEFAULT_CASE, rto: 'rfc' },
  { ...DEFAULT_CASE, engine: 'kernel' },
  { ...DEFAULT_CASE, driver: 'libvirt' },
  { ...DEFAULT_CASE, driver: 'libvirt', link: '400mbit', memory: '16MB' },
];

/** Name of a case: the folder of its results. */
export function caseName(one: LabCase): string {
  const parts = [
    one.driver,
    one.link ?? 'unshaped',
    one.memory === null ? 'idle' : `dirty-${one.memory}`,
    one.rto === TUNED_RTO ? 'tuned' : one.rto.replaceAll('/', '-'),
    ...(one.engine === 'kernel' ? ['kernel-sctp'] : []),
  ];
  return parts.join('_').toLowerCase();
}
