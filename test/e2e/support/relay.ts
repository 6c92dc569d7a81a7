import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';

export interface Relayed {
  readonly atMs: number;
  readonly direction: 'toTarget' | 'toClient';
  readonly bytes: Buffer;
}

export interface RelayOptions {
  /** Whether this packet, the `index`-th of all, gets lost. */
  readonly drop?: (index: number) => boolean;
  /** Keep what passes; for captures of short runs. */
  readonly keep?: boolean;
}

/**
 * Stands between a client and a target on UDP: passes every packet on, loses some, keeps a copy.
 *
 * ```
 *   generator  <-->  front | relay | back  <-->  responder
 * ```
 */
export class Relay {
  readonly packets: Relayed[] = [];
  passed = 0;
  dropped = 0;
  readonly #front: Socket = createSocket('udp4');
  readonly #back: Socket = createSocket('udp4');
  readonly #options: RelayOptions;
  #client: RemoteInfo | null = null;
  #index = 0;

  private constructor(targetPort: number, options: RelayOptions) {
    this.#options = options;
    this.#front.on('message', (bytes, from) => {
      this.#client = from;
      if (this.#passes('toTarget', bytes)) this.#back.send(bytes, targetPort, '127.0.0.1');
    });
    this.#back.on('message', (bytes) => {
      const client = this.#client;
      if (client !== null && this.#passes('toClient', bytes))
        this.#front.send(bytes, client.port, client.address);
    });
  }

  /** @param endpoint of the target, `HOST:SCTPPORT/UDPPORT` on 127.0.0.1 */
  static async open(endpoint: string, options: RelayOptions = {}): Promise<Relay> {
    const relay = new Relay(Number(endpoint.split('/')[1]), options);
    for (const socket of [relay.#front, relay.#back]) {
      await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
      socket.setRecvBufferSize(4 * 1024 * 1024);
    }
    return relay;
  }

  /** Where a client reaches the target through the relay. */
  get endpoint(): string {
    return `127.0.0.1:2905/${this.#front.address().port}`;
  }

  close(): void {
    this.#front.close();
    this.#back.close();
  }

  #passes(direction: Relayed['direction'], bytes: Buffer): boolean {
    const index = this.#index++;
    if (this.#options.drop?.(index) === true) {
      this.dropped += 1;
      return false;
    }
    this.passed += 1;
    if (this.#options.keep === true) this.packets.push({ atMs: Date.now(), direction, bytes });
    return true;
  }
}
