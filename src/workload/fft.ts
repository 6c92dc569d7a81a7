/** Values of one transform and its turning factors. */
export interface FftPlan {
  readonly size: number;
  readonly real: Float64Array;
  readonly imaginary: Float64Array;
  readonly cos: Float64Array;
  readonly sin: Float64Array;
  /** Where each index goes when its bits are read backwards. */
  readonly reversed: Uint32Array;
}

/** @param bits transforms of 2^bits points, 1..24. */
export function fftPlan(bits: number): FftPlan {
  const size = 2 ** bits;
  const reversed = new Uint32Array(size);
  for (let i = 0; i < size; i++) {
    let rest = i;
    let mirrored = 0;
    for (let bit = 0; bit < bits; bit++) {
      mirrored = (mirrored << 1) | (rest & 1);
      rest >>= 1;
    }
    reversed[i] = mirrored;
  }
  const turn = (pick: (angle: number) => number): Float64Array =>
    Float64Array.from({ length: size / 2 }, (_, i) => pick((-2 * Math.PI * i) / size));
  return {
    size,
    real: new Float64Array(size),
    imaginary: new Float64Array(size),
    cos: turn(Math.cos),
    sin: turn(Math.sin),
    reversed,
  };
}

/** Fast Fourier transform in place, radix 2, forward, not scaled. */
export function fft(plan: FftPlan): void {
  const { size, real, imaginary, cos, sin, reversed } = plan;
  for (let i = 0; i < size; i++) {
    const j = reversed[i]!;
    if (j <= i) continue;
    [real[i], real[j]] = [real[j]!, real[i]!];
    [imaginary[i], imaginary[j]] = [imaginary[j]!, imaginary[i]!];
  }
  for (let half = 1; half < size; half *= 2) {
    const stride = size / (2 * half);
    for (let start = 0; start < size; start += 2 * half) {
      for (let k = 0; k < half; k++) {
        const upper = start + k;
        const lower = upper + half;
        const c = cos[k * stride]!;
        const s = sin[k * stride]!;
        const re = real[lower]! * c - imaginary[lower]! * s;
        const im = real[lower]! * s + imaginary[lower]! * c;
        real[lower] = real[upper]! - re;
        imaginary[lower] = imaginary[upper]! - im;
        real[upper] = real[upper]! + re;
        imaginary[upper] = imaginary[upper]! + im;
      }
    }
  }
}
