import { describe, expect, it } from 'vitest';
import type { Intervention } from '../../measure/summary.js';
import { InterventionBook } from './interventions.js';

const at = (seconds: number): string => new Date(Date.UTC(2026, 10, 20) + seconds * 1000).toISOString();
const did = (kind: Intervention['kind'], elapsedSeconds: number, from: number, to: number): Intervention => ({
  ...{ kind, at: at(elapsedSeconds), elapsedSeconds, fromPerSecond: from, toPerSecond: to },
});

describe('what the user did to a run that another process goes on with', () => {
  it('stays, but for what is measured again, and a pause ends where the load begins anew', () => {
    const lines: string[] = [];
    const earlier = [did('mark', 2, 500, 500), did('pause', 5, 500, 0), did('mark', 11, 0, 0)];
    const book = new InterventionBook(earlier, (line) => lines.push(line));
    book.goOn({ atNs: 10e9, at: at(70), plannedPerSecond: 500 });
    expect(book.all.map(({ kind, elapsedSeconds }) => [kind, elapsedSeconds])).toEqual([
      ['mark', 2],
      ['pause', 5],
      ['resume', 10],
    ]);
    book.add(did('mark', 12, 500, 500));
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      { event: 'resume', at: at(70), elapsedSeconds: 10, fromPerSecond: 0, toPerSecond: 500 },
      { event: 'mark', at: at(12), elapsedSeconds: 12, text: 'mark 2' },
    ]);
    const [steered, back] = book.notes(20e9);
    expect(steered).toContain('pauses 5.0 s in all');
    expect(back).toContain('with the rate as planned');
  });

  it('says nothing of a return to the plan where the load was as planned', () => {
    const earlier = [did('pause', 5, 500, 0), did('resume', 6, 0, 500)];
    const book = new InterventionBook(earlier, () => undefined);
    book.goOn({ atNs: 10e9, at: at(70), plannedPerSecond: 500 });
    expect(book.all).toEqual(earlier);
    expect(book.notes(20e9)).toHaveLength(1);
    expect(new InterventionBook([], () => undefined).notes(20e9)).toEqual([]);
  });
});
