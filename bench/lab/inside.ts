import { DEFAULT_CASE } from './case.js';
import { buildNetwork, shapeMigrationLink } from './network.js';
import { measureCase } from './series.js';

buildNetwork();
shapeMigrationLink(null);
const controller = new AbortController();
process.once('SIGINT', () => controller.abort());
process.once('SIGTERM', () => controller.abort());
await measureCase(DEFAULT_CASE, {
  images: process.argv[2]!,
  outDir: process.argv[3]!,
  repeat: Number(process.argv[4]),
  warmupMs: 6000,
  interrupt: controller.signal,
  onProgress: (line) => process.stderr.write(`${line}\n`),
  onMigration: (m) =>
    process.stdout.write(
      `${JSON.stringify({ i: m.index, r: m.result, why: m.reason, h: m.hypervisor, t: m.truth, d: { ...m.downtime, windows: m.downtime.windows.length }, rec: m.recovery, valid: m.valid })}\n`,
    ),
});
