import { describe, expect, it } from 'vitest';
import { ConfigError } from './errors.js';
import { type FlagValue, loadRespondConfig } from './load.js';

describe('a responder', () => {
  const respond = (flags: Record<string, FlagValue>) => loadRespondConfig({ flags, seedDefault: 9 });

  it('fills in every default', () => {
    expect(respond({ listen: '127.0.0.1:2905' })).toMatchObject({
      listen: { addresses: ['127.0.0.1'], sctpPort: 2905, udpPort: 9899 },
      listenForPeer: true,
      addressing: { role: 'sgp', opc: 2, dpc: 1 },
      serviceTime: { kind: 'off' },
      serviceServers: 1,
      writePerRequestBytes: 0,
      subscribers: 1_000_000,
      seed: 9,
    });
  });

  it('outlasts 100 million requests of a single subscriber with the default balance', () => {
    const config = respond({ listen: '127.0.0.1:2905' });
    expect(config.balanceUnits / config.chargeUnits).toBeGreaterThan(100e6);
  });

  it('takes its options from flags', () => {
    expect(
      respond({
        listen: '[::1]:2905/1',
        serviceTime: 'exp:400us',
        serviceServers: '8',
        writePerRequest: '4KB',
        balance: '10',
        interval: '1s',
      }),
    ).toMatchObject({
      listen: { addresses: ['::1'], udpPort: 1 },
      serviceTime: { kind: 'exponential', meanNs: 400_000 },
      serviceServers: 8,
      writePerRequestBytes: 4096,
      balanceUnits: 10,
      intervalNs: 1e9,
    });
  });

  it('names what is missing or at odds', () => {
    expect(() => respond({})).toThrow(
      'listen: is missing: name the endpoint to serve on, such as 127.0.0.1:2905/9899',
    );
    expect(() => respond({ listenForPeer: false })).toThrow('target: is missing');
    expect(() => respond({ listen: 'h:1', subscribers: '2000000' })).toThrow(
      '--subscribers: is above the 1000000 numbers',
    );
  });

  it('says nothing of keys that nobody gave', () => {
    const wrong = () => respond({ listen: '127.0.0.1:2905/70000', subscribers: '2000000' });
    expect(wrong).toThrow(ConfigError);
    try {
      wrong();
    } catch (error) {
      expect((error as ConfigError).faults.map(({ key }) => key)).toEqual(['listen', 'subscribers']);
    }
  });

  it.each([
    [{ listen: 'h:1' }, '--workers: 2 need a ledger that decides for all of them'],
    [{ listen: 'h:1', data: 'd', serviceTime: '1ms' }, '--workers: 2 would each have servers'],
    [{ listen: 'h:1', data: 'd', carrier: 'raw' }, '--workers: 2 would each get every packet'],
    [
      { listenForPeer: false, data: 'd', target: 'h:1' },
      '--workers: 2 cannot share 1 associations: this side opens one to each target',
    ],
  ] as const)('refuses several workers where they would not be one responder: %j', (flags, message) => {
    expect(() => respond({ ...flags, workers: '2' })).toThrow(message);
    expect(respond({ ...flags, workers: '1' }).workers).toBe(1);
  });
});
