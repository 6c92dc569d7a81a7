import { connect, type Socket } from 'node:net';
import { MigrationFault } from './driver.js';

/** A JSON object of unknown content. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** An event of QEMU's, stamped by the clock of QEMU's host. */
export interface QmpEvent {
  readonly event: string;
  readonly data: JsonObject;
  /** ms since 1970, by the clock of the host that QEMU runs on. */
  readonly atMs: number;
}

/** Longest line that QEMU sends; anything longer is no QMP. */
const LINE_CHARS_MAX = 16 << 20;
const CONNECT_TIMEOUT_MS = 5000;
const ANSWER_TIMEOUT_MS = 30_000;

const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

interface Waiting {
  readonly resolve: (value: JsonObject) => void;
  readonly reject: (cause: MigrationFault) => void;
  readonly timer: NodeJS.Timeout;
  readonly command: string;
}

/** A connection to QEMU's machine protocol: one JSON object a line, answers matched by `id`, events in between. */
export class QmpClient {
  private readonly socket: Socket;
  private readonly place: string;
  private readonly waiting = new Map<string, Waiting>();
  private readonly listeners = new Set<(event: QmpEvent) => void>();
  private greeting: {
    readonly resolve: () => void;
    readonly reject: (cause: MigrationFault) => void;
  } | null = null;
  private rest = '';
  private nextId = 1;
  private closed: MigrationFault | null = null;

  private constructor(socket: Socket, place: string) {
    this.socket = socket;
    this.place = place;
    socket.setEncoding('utf8').on('data', (chunk: string) => this.receive(chunk));
    socket.on('error', (cause: NodeJS.ErrnoException) => this.lose(reasonOf(cause)));
    socket.on('close', () => this.lose('QEMU closed the connection'));
  }

  /**
   * Connects and negotiates. @param place path of a UNIX socket, or HOST:PORT.
   * @throws MigrationFault when nobody answers there, or not in QMP
   */
  static async connect(place: string): Promise<QmpClient> {
    const tcp = /^([^/]+):(\d+)$/.exec(place);
    const socket = tcp === null ? connect(place) : connect({ host: tcp[1]!, port: Number(tcp[2]) });
    const client = new QmpClient(socket, place);
    const timer = setTimeout(
      () => client.lose('no QMP greeting; another client may hold this monitor'),
      CONNECT_TIMEOUT_MS,
    );
    try {
      await new Promise<void>((resolve, reject) => {
        client.greeting = { resolve, reject };
      });
      await client.execute('qmp_capabilities');
    } catch (cause) {
      socket.destroy();
      throw cause;
    } finally {
      clearTimeout(timer);
    }
    return client;
  }

  /** Calls `listener` for every event; @returns what ends that. */
  onEvent(listener: (event: QmpEvent) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Runs a command. @returns its `return` object. @throws MigrationFault with QEMU's own words, or when the connection is lost */
  execute(command: string, parameters: JsonObject = {}): Promise<JsonObject> {
    if (this.closed !== null) return Promise.reject(this.closed);
    const id = String(this.nextId++);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.waiting.delete(id);
        reject(
          new MigrationFault(
            `QMP ${this.place}: no answer to ${command} within ${ANSWER_TIMEOUT_MS / 1000} s`,
          ),
        );
      }, ANSWER_TIMEOUT_MS);
      this.waiting.set(id, { resolve, reject, timer, command });
      this.socket.write(`${JSON.stringify({ execute: command, arguments: parameters, id })}\n`);
    });
  }

  close(): void {
    this.lose('closed');
    this.socket.destroy();
  }

  private receive(chunk: string): void {
    const lines = (this.rest + chunk).split('\n');
    this.rest = lines.pop() ?? '';
    if (this.rest.length > LINE_CHARS_MAX) this.lose('a line without end: not a QMP monitor');
    for (const line of lines) if (line.trim() !== '') this.message(line);
  }

  private message(line: string): void {
    let message: unknown;
    try {
      message = JSON.parse(line);
    } catch {
      this.lose('not a QMP monitor (no JSON)');
      return;
    }
    if (!isObject(message)) return;
    if ('QMP' in message) this.greeting?.resolve();
    else if (typeof message.event === 'string') this.event(message);
    else if (typeof message.id === 'string') this.answer(message.id, message);
  }

  private event(message: JsonObject): void {
    const stamp = isObject(message.timestamp) ? message.timestamp : {};
    const seconds = Number(stamp.seconds ?? Number.NaN);
    const atMs = seconds * 1000 + Number(stamp.microseconds ?? 0) / 1000;
    const data = isObject(message.data) ? message.data : {};
    const event = { event: String(message.event), data, atMs: Number.isFinite(atMs) ? atMs : Date.now() };
    for (const listener of this.listeners) listener(event);
  }

  private answer(id: string, message: JsonObject): void {
    const waiting = this.waiting.get(id);
    if (waiting === undefined) return;
    this.waiting.delete(id);
    clearTimeout(waiting.timer);
    if (isObject(message.error)) {
      waiting.reject(new MigrationFault(`QEMU refused ${waiting.command}: ${String(message.error.desc)}`));
    } else waiting.resolve(isObject(message.return) ? message.return : {});
  }

  private lose(reason: string): void {
    if (this.closed !== null) return;
    this.closed = new MigrationFault(`QMP ${this.place}: ${reason}`);
    this.greeting?.reject(this.closed);
    for (const { reject, timer } of this.waiting.values()) {
      clearTimeout(timer);
      reject(this.closed);
    }
    this.waiting.clear();
    this.socket.destroy();
  }
}

function reasonOf(cause: NodeJS.ErrnoException): string {
  if (cause.code === 'ENOENT') return 'no such socket: start QEMU with -qmp unix:PATH,server=on,wait=off';
  if (cause.code === 'ECONNREFUSED') return 'nobody listens there any more: QEMU has ended';
  if (cause.code === 'EACCES') return 'this user may not open it';
  return cause.message;
}
