/** Message type codes (Q.713 §2.1, table 1). The connectionless ones are spoken; the rest are named for `decode`. */
export const SCCP_TYPE = {
  udt: 0x09,
  udts: 0x0a,
  xudt: 0x11,
  xudts: 0x12,
  ludt: 0x13,
  ludts: 0x14,
} as const;

/** Names of optional parameters and the end marker (Q.713 §3.1, table 2). */
export const SCCP_PARAMETER = { endOfOptional: 0x00, segmentation: 0x10, importance: 0x12 } as const;

/** Hop counter of a message that we originate (Q.713 §3.18: at most 15). */
export const HOP_COUNTER_MAX = 15;

/** Return causes 0...14 (Q.713 §3.12). */
export const RETURN_CAUSES = [
  'no translation for an address of such nature',
  'no translation for this specific address',
  'subsystem congestion',
  'subsystem failure',
  'unequipped user',
  'MTP failure',
  'network congestion',
  'unqualified',
  'error in message transport',
  'error in local processing',
  'destination cannot perform reassembly',
  'SCCP failure',
  'hop counter violation',
  'segmentation not supported',
  'segmentation failure',
] as const;

/** Subsystem numbers of mobile networks (TS 23.003 §8.2) and of SCCP itself. */
export const SUBSYSTEM_NAMES: Readonly<Record<number, string>> = {
  1: 'SCCP management',
  5: 'MAP',
  6: 'HLR',
  7: 'VLR',
  8: 'MSC',
  9: 'EIR',
  146: 'CAP',
  147: 'gsmSCF',
  149: 'SGSN',
};
