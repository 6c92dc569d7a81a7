import type { ResponderEvent } from '../runtime/respond/serve.js';
import type { CliIo } from './io.js';

/** Lines between two heads of the table. */
const ROWS_PER_HEAD = 20;

/** Events as JSON lines on stdout, one object each. */
export function jsonEvents(io: CliIo): (event: ResponderEvent) => void {
  return (event) => {
    if (event.event === 'interval') {
      const { row, table: _, ...rest } = event;
      io.stdout.write(`${JSON.stringify({ ...rest, ...row })}\n`);
    } else {
      io.stdout.write(`${JSON.stringify(event)}\n`);
    }
  };
}

/** The application's own table on stdout, in the papers' columns; everything else on stderr. */
export function tableEvents(io: CliIo): (event: ResponderEvent) => void {
  let rows = 0;
  return (event) => {
    switch (event.event) {
      case 'listening':
        io.stderr.write(
          `listening on ${event.endpoint} (carrier ${event.carrier}, pid ${event.pid}); Ctrl-C ends it\n`,
        );
        break;
      case 'interval':
        if (rows++ % ROWS_PER_HEAD === 0) io.stdout.write(`${event.table.head}\n`);
        io.stdout.write(`${event.table.line}\n`);
        if (event.answersDropped > 0)
          io.stderr.write(`${event.answersDropped} answers dropped so far: the peer takes none\n`);
        break;
      case 'association':
        io.stderr.write(`${event.at.slice(11, 23)} association ${event.association}: ${event.state}\n`);
        break;
      case 'role':
        io.stderr.write(
          `role ${event.role}${event.state === event.role ? '' : ` (${event.state})`}, epoch ${event.epoch}, ${event.inSync ? 'in sync' : 'peer not in sync'}\n`,
        );
        break;
      case 'journal':
        if (event.entries > 0) io.stderr.write(`journal: ${event.entries} entries, ${event.replayed} read\n`);
        break;
      case 'trouble':
        io.stderr.write(`busyhour: ${event.message}\n`);
        break;
    }
  };
}
