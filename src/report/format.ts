/** Numbers as people read them in the text and HTML reports. A figure without samples is a dash, never 0. */
export const NONE = '-';

/** `12 345`: digits in groups of three. */
export function grouped(value: number, decimals = 0): string {
  const [whole = '0', fraction] = Math.abs(value).toFixed(decimals).split('.');
  const digits = whole.replace(/\B(?=(\d{3})+$)/g, ' ');
  const sign = value < 0 && /[1-9]/.test(`${whole}${fraction ?? ''}`) ? '-' : '';
  return fraction === undefined ? sign + digits : `${sign}${digits}.${fraction}`;
}

/** Milliseconds with about three significant digits, at least to the microsecond below 1 ms; without the unit. */
export function milliseconds(value: number | null): string {
  if (value === null) return NONE;
  if (value === 0) return '0';
  return grouped(value, decimalsFor(value));
}

/** {@link milliseconds} with its unit. */
export function withMs(value: number | null): string {
  return value === null ? NONE : `${milliseconds(value)} ms`;
}

/** Rounded so that what is printed still lies below the value: for a lower bound. */
export function boundBelow(value: number): string {
  if (value === 0) return '0';
  return value < 1000 ? grouped(Math.floor(value * 10) / 10, 1) : grouped(Math.floor(value));
}

/** Rounded so that what is printed still lies above the value: for an upper bound. */
export function boundAbove(value: number): string {
  return value < 1000 ? grouped(Math.ceil(value * 10) / 10, 1) : grouped(Math.ceil(value));
}

function decimalsFor(value: number): number {
  const size = Math.abs(value);
  if (size < 1) return 3;
  if (size < 10) return 2;
  return size < 1000 ? 1 : 0;
}

/** Share in percent; all and none are exact, everything else never reads as either. */
export function percent(part: number, whole: number): string {
  if (whole === 0) return NONE;
  if (part === 0) return '0 %';
  if (part === whole) return '100 %';
  const share = Math.min(Math.max((100 * part) / whole, 0.01), 99.99);
  return `${share.toFixed(2)} %`;
}

/** A length of time in the largest units that keep it short: `850 ms`, `12.3 s`, `3 min 20 s`, `2 h 05 min`, `3 d 04 h`. */
export function duration(seconds: number): string {
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 59.95) return `${Number(seconds.toFixed(1))} s`;
  const whole = Math.round(seconds);
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${pad(whole % 60)} s`;
  const minutes = Math.round(whole / 60);
  if (minutes < 24 * 60) return `${Math.floor(minutes / 60)} h ${pad(minutes % 60)} min`;
  const hours = Math.round(minutes / 60);
  return `${Math.floor(hours / 24)} d ${pad(hours % 24)} h`;
}

/** Time of day of an ISO 8601 stamp in UTC, to the millisecond: `15:48:12.301`. */
export function clock(iso: string): string {
  const match = /T(\d{2}:\d{2}:\d{2})(?:\.(\d{1,3}))?/.exec(iso);
  return match === null ? iso : `${match[1]}.${(match[2] ?? '').padEnd(3, '0')}`;
}

/** Day of an ISO 8601 stamp: `2026-11-20`. */
export function day(iso: string): string {
  return iso.slice(0, 10);
}

/** `1 request`, `2 requests`, `12 345 requests`. */
export function counted(count: number, singular: string, plural = `${singular}s`): string {
  return `${grouped(count)} ${count === 1 ? singular : plural}`;
}

function pad(value: number): string {
  return String(value).padStart(2, '0');
}
