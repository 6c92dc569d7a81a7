import { createSocket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import { connect } from 'node:net';
import { GapFinder, gapThresholdMs, type ReachabilityGap } from './gaps.js';

export interface ProberOptions {
  readonly kind: 'tcp' | 'udp';
  readonly host: string;
  readonly port: number;
  readonly spacingMs: number;
}

export interface ProberHandlers {
  readonly gap: (gap: ReachabilityGap) => void;
  /** It cannot ask, or has never been answered: a sentence. */
  readonly fault: (reason: string) => void;
}

/** A connection attempt without an answer is given up after this time; by then many others have been made. */
const ATTEMPT_MS = 1_000;
/** Without any answer for so long from the start, nobody answers there. */
const NEVER_ANSWERED_MS = 5_000;

/** Wall clock that a step of the system's time cannot bend while the probe runs: ms since 1970. */
const unixMs = (): number => performance.timeOrigin + performance.now();

/** Calls `ask` every `spacingMs`; slots that were missed are left out, since a burst would measure the burst. @returns what ends it. */
function paced(spacingMs: number, finder: GapFinder, ask: () => void): () => void {
  let due = performance.now();
  let askedAt = due;
  let timer: NodeJS.Timeout;
  const turn = (): void => {
    const now = performance.now();
    if (now >= due) {
      finder.asked(Math.max(0, now - askedAt - spacingMs));
      askedAt = now;
      ask();
      due = now >= due + spacingMs ? now + spacingMs : due + spacingMs;
    }
    timer = setTimeout(turn, Math.max(0, due - performance.now()));
  };
  timer = setTimeout(turn, 0);
  return () => clearTimeout(timer);
}

/** Asks one host again and again. @returns what ends it. */
export async function startProber(options: ProberOptions, handlers: ProberHandlers): Promise<() => void> {
  const { kind, host, port, spacingMs } = options;
  const name = `${kind}:${host}:${port}`;
  let address: string;
  try {
    ({ address } = await lookup(host));
  } catch (cause) {
    handlers.fault(`${name}: ${(cause as NodeJS.ErrnoException).code ?? String(cause)}: no such host`);
    return () => {};
  }
  const finder = new GapFinder(gapThresholdMs(spacingMs), handlers.gap);
  const never = setTimeout(() => {
    const remedy = kind === 'udp' ? 'is there an echo service?' : 'does a firewall drop it?';
    if (finder.answers === 0)
      handlers.fault(`${name}: no answer at all in ${NEVER_ANSWERED_MS / 1000} s; ${remedy}`);
  }, NEVER_ANSWERED_MS);
  const prober =
    kind === 'tcp' ? tcpProber(address, port, finder) : udpProber(address, port, finder, handlers.fault);
  const rest = paced(spacingMs, finder, prober.ask);
  return () => {
    clearTimeout(never);
    rest();
    prober.end();
  };
}

interface Asking {
  readonly ask: () => void;
  readonly end: () => void;
}

/** New connections: what the far side's system answers, be it a refusal, shows that it runs. */
function tcpProber(host: string, port: number, finder: GapFinder): Asking {
  const open = new Set<ReturnType<typeof connect>>();
  return {
    ask: () => {
      const socket = connect({ host, port });
      open.add(socket);
      socket.setTimeout(ATTEMPT_MS, () => socket.destroy());
      socket.once('connect', () => {
        finder.answered(unixMs());
        // A reset leaves no port behind that has to wait.
        socket.resetAndDestroy();
      });
      socket.once('error', (cause: NodeJS.ErrnoException) => {
        if (cause.code === 'ECONNREFUSED') finder.answered(unixMs());
      });
      socket.once('close', () => open.delete(socket));
    },
    end: () => {
      for (const socket of open) socket.destroy();
    },
  };
}

/** Numbered datagrams to an echo service. */
function udpProber(host: string, port: number, finder: GapFinder, fault: (reason: string) => void): Asking {
  const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
  const datagram = Buffer.alloc(16);
  let number = 0n;
  let ready = false;
  socket.on('message', () => finder.answered(unixMs()));
  // Nobody listens (yet): a question without an answer.
  socket.on('error', (cause: NodeJS.ErrnoException) => {
    if (cause.code !== 'ECONNREFUSED') fault(`udp:${host}:${port}: ${cause.message}`);
  });
  socket.connect(port, host, () => {
    ready = true;
  });
  return {
    ask: () => {
      if (!ready) return;
      datagram.writeBigUInt64BE(number++, 0);
      socket.send(datagram, () => {});
    },
    end: () => {
      ready = false;
      socket.close();
    },
  };
}
