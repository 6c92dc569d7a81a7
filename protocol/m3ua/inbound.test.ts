import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dataInScope, refuseData, type Scope } from './inbound.js';
import { decodeM3ua, encodeM3ua } from './message.js';
import { Outlet, OutputQueue } from './outputs.js';
import { createDataFields, peekDataMessage } from './peek.js';

const few = fc.nat({ max: 3 });
const scope: fc.Arbitrary<Scope> = fc.record({
  routingContexts: fc.uniqueArray(few, { maxLength: 3 }).map((list) => new Set(list)),
  networkAppearance: fc.option(few),
  singleStream: fc.boolean(),
});

describe('the fast and the full judgement of DATA', () => {
  it('agree, and what is refused gets exactly one ERR', () => {
    const optional = fc.option(few, { nil: undefined });
    const seen = new Set<number>();
    fc.assert(
      fc.property(scope, fc.nat({ max: 2 }), optional, optional, (within, stream, context, appearance) => {
        const bytes = encodeM3ua({
          kind: 'DATA',
          routingContext: context,
          networkAppearance: appearance,
          protocolData: { opc: 1, dpc: 2, si: 3, ni: 2, mp: 0, sls: 0, userData: Uint8Array.of(9) },
        });
        const fields = createDataFields();
        expect(peekDataMessage(bytes, 0, bytes.length, fields)).toBe(0);
        const message = decodeM3ua(bytes);
        if (message.kind !== 'DATA') throw new Error('DATA decodes as DATA');
        const queue = new OutputQueue();
        const refused = refuseData(new Outlet(queue, 1), within, stream, message);
        expect(dataInScope(within, stream, fields)).toBe(!refused);
        expect(queue.length).toBe(refused ? 1 : 0);
        const output = queue.take();
        if (output?.kind !== 'send') return;
        const err = decodeM3ua(output.bytes);
        if (err.kind === 'ERR') seen.add(err.errorCode);
      }),
      { numRuns: 1000, seed: 1 },
    );
    expect([...seen].sort((a, b) => a - b)).toEqual([0x09, 0x15, 0x19, 0x1a]);
  });
});
