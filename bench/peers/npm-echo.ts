/**
 * Both sides of an echo over the npm package `sctp`, an SCTP in JavaScript, over UDP on loopback: what `main.ts` starts.
 *
 *   npm-echo.js server OWN_UDP_PORT PEER_UDP_PORT
 *   npm-echo.js client OWN_UDP_PORT PEER_UDP_PORT SECONDS BYTES WINDOW
 *
 * The client prints echoes a second.
 */
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { createRequire } from 'node:module';

interface PackageSocket extends NodeJS.EventEmitter {
  write(data: Buffer): boolean;
}

interface SctpPackage {
  connect(options: {
    readonly passive?: boolean;
    readonly localPort: number;
    readonly port: number;
    readonly udpTransport: Socket;
    readonly udpPeer: { readonly host: string; readonly port: number };
    readonly ppid: number;
  }): PackageSocket;
}

const HOST = '127.0.0.1';
const SERVER_PORT = 2905;
const CLIENT_PORT = 2906;
const PPID_M3UA = 3;

async function open(passive: boolean, ownPort: number, peerPort: number): Promise<PackageSocket> {
  const sctp = createRequire(import.meta.url)('sctp') as SctpPackage;
  const udpTransport = createSocket('udp4');
  udpTransport.bind(ownPort, HOST);
  await once(udpTransport, 'listening');
  return sctp.connect({
    passive,
    localPort: passive ? SERVER_PORT : CLIENT_PORT,
    port: passive ? CLIENT_PORT : SERVER_PORT,
    udpTransport,
    udpPeer: { host: HOST, port: peerPort },
    ppid: PPID_M3UA,
  });
}

async function client(
  socket: PackageSocket,
  seconds: number,
  bytes: number,
  inFlightMax: number,
): Promise<void> {
  await once(socket, 'connect');
  const message = Buffer.alloc(bytes, 0x55);
  const start = performance.now();
  let echoes = 0;
  socket.on('data', () => {
    echoes += 1;
    socket.write(message);
  });
  for (let i = 0; i < inFlightMax; i++) socket.write(message);
  setTimeout(() => {
    process.stdout.write(`${(echoes * 1000) / (performance.now() - start)}\n`, () => process.exit(0));
  }, seconds * 1000);
}

const [role, ...numbers] = process.argv.slice(2);
const [ownPort = 0, peerPort = 0, seconds = 1, bytes = 100, inFlightMax = 1] = numbers.map(Number);
const socket = await open(role === 'server', ownPort, peerPort);
if (role === 'server') {
  process.stdout.write('ready\n');
  socket.on('data', (data: Buffer) => socket.write(data));
} else {
  await client(socket, seconds, bytes, inFlightMax);
}
