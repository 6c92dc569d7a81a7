import {
  type TransferRow,
  WESTMINSTER_2017_MF_MB,
  WESTMINSTER_2017_TABLE_2,
} from '../papers/westminster-2017.js';

/**
 * What a live migration transfers, after `westminster-2017`: `LMDT = CMDT + MF * exp(AF * AM)`, all in MB.
 * AM is the used memory less the canonical (kernel's own) memory.
 */
export interface TransferModel {
  /** What the migration of a VM transfers whatever the application holds. */
  readonly cmdtMb: number;
  readonly mfMb: number;
  /** Per MB. Null: the transfer does not depend on AM (the paper's idle VM). */
  readonly af: number | null;
}

/** Evaluates the model. @param amMb application memory, MB. @returns MB transferred. @throws RangeError when the result has no finite value. */
export function transferredMb(model: TransferModel, amMb: number): number {
  if (model.af === null) return model.cmdtMb;
  const result = model.cmdtMb + model.mfMb * Math.exp(model.af * amMb);
  if (!Number.isFinite(result)) {
    throw new RangeError(
      `the model has no finite value at AM = ${amMb} MB (AF = ${model.af}): far outside its range`,
    );
  }
  return result;
}

/** The model of one row of Table 2. */
export function paperModel(row: TransferRow): TransferModel {
  return { cmdtMb: row.cmdtMb, mfMb: WESTMINSTER_2017_MF_MB, af: row.af };
}

/** @returns the row of Table 2 of that name, null when there is none. */
export function findTransferRow(workload: string): TransferRow | null {
  return WESTMINSTER_2017_TABLE_2.find((row) => row.workload === workload) ?? null;
}
