import { describe, expect, it } from 'vitest';
import { type HostChoice, hostOptions } from './host-options.js';

const peer = { addresses: ['192.0.2.7'], sctpPort: 2905, udpPort: 9899 };
const sctp = { outboundStreams: 17 } as HostChoice['sctp'];
const choice: HostChoice = {
  carrier: 'udp',
  local: null,
  listen: false,
  reusePort: false,
  sctp,
  worker: 0,
  peers: [peer],
};

describe('local endpoint of a worker', () => {
  it('leaves the SCTP port of each association to the binding: one port would allow one association to a peer', () => {
    expect(hostOptions({ ...choice, worker: 3 }).local).toEqual({
      addresses: ['0.0.0.0'],
      sctpPort: 0,
      udpPort: 0,
    });
  });

  it('waits at the registered ports when the user names none', () => {
    const local = hostOptions({ ...choice, listen: true, peers: [] }).local;
    expect(local).toEqual({ addresses: ['0.0.0.0'], sctpPort: 2905, udpPort: 9899 });
  });

  it('takes the ports above those of the first worker, and keeps a port that the system is to choose', () => {
    const local = { addresses: ['127.0.0.1'], sctpPort: 3000, udpPort: 0 };
    expect(hostOptions({ ...choice, local, worker: 2 }).local).toEqual({
      addresses: ['127.0.0.1'],
      sctpPort: 3002,
      udpPort: 0,
    });
  });

  it('follows the IP version of the peers', () => {
    expect(hostOptions({ ...choice, peers: [{ ...peer, addresses: ['::1'] }] }).local.addresses).toEqual([
      '::',
    ]);
  });
});
