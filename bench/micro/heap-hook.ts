/**
 * Loaded into every thread of a program by `--import`: in a worker thread it keeps a sampling heap profile from the start of the thread to its end, and
 * writes what it found as JSON into the folder that `BUSYHOUR_HEAP_SITES` names. See `loop-allocation`.
 */
import { writeFileSync } from 'node:fs';
import { Session } from 'node:inspector';
import { join } from 'node:path';
import { isMainThread, threadId } from 'node:worker_threads';
import { heapSites, SAMPLING } from './heap-sites.js';

const folder = process.env.BUSYHOUR_HEAP_SITES;
if (!isMainThread && folder !== undefined) {
  const session = new Session();
  session.connect();
  session.post('HeapProfiler.startSampling', SAMPLING);
  process.on('exit', () => {
    session.post('HeapProfiler.stopSampling', (error, result) => {
      if (error !== null) throw error;
      const sites = [...heapSites(result.profile.head)];
      writeFileSync(join(folder, `${process.pid}-${threadId}.json`), JSON.stringify(sites));
    });
  });
}
