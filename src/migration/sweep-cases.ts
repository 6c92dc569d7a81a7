import { formatReachability, type ReachabilitySpec } from '../telemetry/reachability/spec.js';

/** The smallest MTU that Linux sets (RFC 791): what stands for the 32 bytes of `tafa-2011`. */
const MTU_BYTES_MIN = 68;

/** Values that a profile goes through, each list a dimension; a list that is missing is none. */
export interface Sweep {
  /** MTU of the migration link as asked for, bytes. */
  readonly mtu?: readonly number[] | undefined;
  /** Bytes added to every request, from 0: the smallest valid message. */
  readonly padding?: readonly number[] | undefined;
  /** As the profile writes it: `16MB`. */
  readonly dirtyMemory?: readonly string[] | undefined;
  /** Requests a second. */
  readonly rate?: readonly number[] | undefined;
  /** Null: without probe. */
  readonly reachability?: readonly (ReachabilitySpec | null)[] | undefined;
}

/** One combination of values. */
export interface SweepCase {
  /** Folder name; empty for a profile without a sweep. */
  readonly name: string;
  /** MTU that is set; null: left as it is. */
  readonly mtuBytes: number | null;
  /** MTU that was asked for, where Linux refuses it and the smallest one stands for it. */
  readonly mtuAskedBytes: number | null;
  readonly paddingBytes: number | null;
  readonly dirtyMemory: string | null;
  readonly ratePerSecond: number | null;
  /** Undefined: as the profile says; null: without. */
  readonly reachability: ReachabilitySpec | null | undefined;
}

const combine = <A, B>(left: readonly A[], right: readonly B[]): (readonly [A, B])[] =>
  left.flatMap((a) => right.map((b) => [a, b] as const));
const orNone = <T>(list: readonly T[] | undefined): readonly (T | undefined)[] => list ?? [undefined];

/** Every combination, the first list slowest. */
export function sweepCases(sweep: Sweep): SweepCase[] {
  const memory = combine(orNone(sweep.mtu), orNone(sweep.dirtyMemory));
  const load = combine(orNone(sweep.rate), orNone(sweep.padding));
  return combine(combine(memory, load), orNone(sweep.reachability)).map(
    ([[[mtu, dirtyMemory], [rate, padding]], reachability]) => {
      const mtuBytes = mtu === undefined ? null : Math.max(mtu, MTU_BYTES_MIN);
      const probe = reachability === null ? 'off' : reachability && formatReachability(reachability);
      const parts = [
        mtu === undefined ? null : mtu === mtuBytes ? `mtu-${mtu}` : `mtu-${mtuBytes}-for-${mtu}`,
        dirtyMemory === undefined ? null : `dirty-${dirtyMemory}`,
        rate === undefined ? null : `rate-${rate}`,
        padding === undefined ? null : `padding-${padding}`,
        probe === undefined ? null : `probe-${probe}`,
      ];
      return {
        name: parts
          .filter((part) => part !== null)
          .join('_')
          .replace(/[^\w.-]/g, '-'),
        mtuBytes,
        mtuAskedBytes: mtu === mtuBytes ? null : (mtu ?? null),
        paddingBytes: padding ?? null,
        dirtyMemory: dirtyMemory ?? null,
        ratePerSecond: rate ?? null,
        reachability,
      };
    },
  );
}

/** What `{mtu}`, `{dirtyMemory}` and the like stand for in the commands of a profile. */
export function placesOf(one: SweepCase): Readonly<Record<string, string>> {
  const { mtuBytes, dirtyMemory, ratePerSecond, paddingBytes } = one;
  const places = { mtu: mtuBytes, dirtyMemory, rate: ratePerSecond, padding: paddingBytes };
  const given = Object.entries(places).filter(([, value]) => value !== null);
  return Object.fromEntries(given.map(([name, value]) => [name, String(value)]));
}

/** A command of a profile with its places filled in; a place without a value stays as it is written. */
export function filled(
  command: readonly [string, ...string[]],
  places: Readonly<Record<string, string>>,
): readonly [string, ...string[]] {
  const [program, ...rest] = command.map((word) =>
    word.replace(/\{(\w+)\}/g, (place, name: string) => places[name] ?? place),
  );
  return [program!, ...rest];
}
