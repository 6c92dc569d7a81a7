/** Published constant of the model, MB: the size of the exponential term at AM = 0. */
export const WESTMINSTER_2017_MF_MB = 9.6;

/** Memory of the VM that Table 2 was measured on, MB. */
export const WESTMINSTER_2017_VM_MB = 1024;

export const WESTMINSTER_2017_WORKLOADS = [
  'idle',
  'apache',
  'specjvm2008',
  'postgresql',
  'vm-allocator-10',
  'vm-allocator-20',
  'vm-allocator-30',
] as const;
export type Westminster2017Workload = (typeof WESTMINSTER_2017_WORKLOADS)[number];

/** One row of Table 2. The paper publishes plots and this table but no measured points. */
export interface TransferRow {
  readonly workload: Westminster2017Workload;
  readonly title: string;
  readonly cmdtMb: number;
  /** Null where the table prints a dash: the transfer does not depend on the application's memory. */
  readonly af: number | null;
  /** Errors of the model that the paper reports for this workload, in per cent of the measured transfer; null where it names none. */
  readonly statedErrorPercent: { readonly from: number; readonly to: number } | null;
}

/** The largest error of the model that the paper reports, per cent. */
export const WESTMINSTER_2017_WORST_ERROR_PERCENT = 19;

// biome-ignore format: a table reads as a table
export const WESTMINSTER_2017_TABLE_2: readonly TransferRow[] = [
  { workload: 'idle', title: 'idle', cmdtMb: 90, af: null, statedErrorPercent: null },
  { workload: 'apache', title: 'Apache', cmdtMb: 175, af: 0.00682, statedErrorPercent: { from: 4, to: 4 } },
  { workload: 'specjvm2008', title: 'SPECjvm2008', cmdtMb: 115, af: 0.03305, statedErrorPercent: { from: 8, to: 11 } },
  { workload: 'postgresql', title: 'PostgreSQL', cmdtMb: 145, af: 0.01072, statedErrorPercent: { from: 8, to: 11 } },
  { workload: 'vm-allocator-10', title: 'VM-Allocator, WWS 10 %', cmdtMb: 213, af: 0.0062, statedErrorPercent: { from: 8, to: 11 } },
  { workload: 'vm-allocator-20', title: 'VM-Allocator, WWS 20 %', cmdtMb: 213, af: 0.00676, statedErrorPercent: { from: 8, to: 11 } },
  { workload: 'vm-allocator-30', title: 'VM-Allocator, WWS 30 %', cmdtMb: 213, af: 0.00714, statedErrorPercent: { from: 8, to: 11 } },
];
