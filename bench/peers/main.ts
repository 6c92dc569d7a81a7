/** What other tools carry on this machine, in the same run as busyhour, a core a side. They do different work. */
import { spawn, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { keepFigures, OUT_OPTION } from '../figures.js';
import { freeUdpPort } from '../free-port.js';
import { probeExchange } from '../micro/exchange.js';
import { number, readOptions } from '../options.js';
import { startJob, startServer, stop } from '../performance/children.js';
import { measureBusyhour } from '../performance/measure.js';
import { oneCoreASide, pinned } from '../performance/placement.js';

/** One line of the comparison; `perSecond` null where the tool is missing or failed. */
interface Line {
  readonly tool: string;
  readonly unit: string;
  readonly perSecond: number | null;
  readonly note: string;
}

const ECHO_WINDOW = 100;
const SIPP_RATES = [500, 1000, 2000, 3000, 4000, 5000, 6500, 8000, 10_000, 13_000];
const BUSYHOUR_RATES = [10_000, 25_000, 50_000, 75_000, 100_000, 130_000, 160_000, 200_000, 250_000, 300_000];
const placement = oneCoreASide();

async function npmEcho(seconds: number, bytes: number): Promise<Line> {
  const script = fileURLToPath(new URL('./npm-echo.js', import.meta.url));
  const [serverPort, clientPort] = [await freeUdpPort(), await freeUdpPort()];
  const server = await startServer(placement.responder, [
    ...[process.execPath, script, 'server', `${serverPort}`, `${clientPort}`],
  ]);
  const client = startJob(placement.generator, [
    ...[process.execPath, script, 'client', `${clientPort}`, `${serverPort}`],
    ...[seconds, bytes, ECHO_WINDOW].map(String),
  ]);
  const perSecond = await client.output([0]).then(Number, () => null);
  await stop(server.process);
  return {
    tool: 'npm sctp 1.0.0',
    unit: 'echoes/s',
    perSecond,
    note: `SCTP over UDP in JavaScript, ${bytes} octets each way, ${ECHO_WINDOW} in flight, no signalling above SCTP`,
  };
}

/** One run of SIPp's own client against its own server; true when every call succeeded in time. */
async function sippHolds(rate: number, seconds: number): Promise<boolean> {
  const [serverPort, clientPort] = [await freeUdpPort(), await freeUdpPort()];
  const common = ['-i', '127.0.0.1', '-nostdin'];
  const [serverProgram, serverArgs] = pinned(placement.responder, [
    ...['sipp', '-sn', 'uas', '-p', `${serverPort}`, ...common],
  ]);
  const server = spawn(serverProgram, serverArgs, { stdio: 'ignore' });
  const [program, args] = pinned(placement.generator, [
    ...['sipp', '-sn', 'uac', `127.0.0.1:${serverPort}`, '-p', `${clientPort}`, '-d', '0', ...common],
    ...['-r', `${rate}`, '-m', `${rate * seconds}`, '-l', '1000000', '-timeout', `${seconds + 2}`],
  ]);
  const client = spawn(program, args, { stdio: 'ignore' });
  const started = performance.now();
  const code = await new Promise((resolve) => client.once('exit', resolve));
  const tookSeconds = (performance.now() - started) / 1000;
  await stop(server);
  // SIPp goes on until the last call is done: a rate that takes longer was not held.
  return code === 0 && tookSeconds < seconds * 1.15 + 0.5;
}

/** Highest of `rates` that holds, going up until one does not. */
async function highest(
  rates: readonly number[],
  holds: (rate: number) => Promise<boolean>,
): Promise<number | null> {
  let held: number | null = null;
  for (const rate of rates) {
    if (!(await holds(rate))) break;
    held = rate;
  }
  return held;
}

async function sipp(seconds: number): Promise<Line> {
  const installed = spawnSync('sipp', ['-v'], { stdio: 'ignore' }).error === undefined;
  return {
    tool: 'SIPp 3.6.1',
    unit: 'calls/s',
    perSecond: installed ? await highest(SIPP_RATES, (rate) => sippHolds(rate, seconds)) : null,
    note: installed
      ? 'its client against its server over UDP, highest rate tried at which every call succeeded; a call is 7 messages'
      : 'not installed: apt-get install sip-tester',
  };
}

async function busyhour(seconds: number): Promise<Line> {
  const perSecond = await highest(BUSYHOUR_RATES, async (ratePerSecond) => {
    const { clean } = await measureBusyhour({
      placement,
      bundling: 'auto',
      ratePerSecond,
      seconds,
      timeoutSeconds: 5,
    });
    return clean;
  });
  return {
    tool: 'busyhour',
    unit: 'transactions/s',
    perSecond,
    note: 'CAP over TCAP, SCCP, M3UA, SCTP over UDP against its own responder; highest rate tried at which the run is valid and every request answered',
  };
}

async function main(): Promise<void> {
  const { seconds, out } = readOptions({
    about:
      'What other tools carry on this machine, in the same run as busyhour, a core a side. They do different work, and each line says what one ' +
      'unit is. Tools that are not installed are named and left out.',
    options: {
      seconds: { takes: number(0.1), default: '4', about: 'length of each try' },
      out: OUT_OPTION,
    },
  });
  const { request } = probeExchange(1);
  const lines: Line[] = [];
  for (const measure of [
    () => npmEcho(seconds, request.length),
    () => sipp(seconds),
    () => busyhour(seconds),
  ]) {
    const line = await measure();
    lines.push(line);
    const found = line.perSecond === null ? '-' : Math.round(line.perSecond).toString();
    process.stdout.write(
      `${line.tool.padEnd(16)} ${found.padStart(8)} ${line.unit.padEnd(15)} ${line.note}\n`,
    );
  }
  keepFigures(out, { seconds, lines });
}

await main();
