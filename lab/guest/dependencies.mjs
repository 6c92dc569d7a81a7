// Prints the packages that busyhour needs at run time, those that they need included, one a line.
//   node lab/guest/dependencies.mjs ROOT
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = process.argv[2];
const manifest = (folder) => JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
const wanted = Object.keys(manifest(root).dependencies);
const seen = new Set();
for (let name = wanted.pop(); name !== undefined; name = wanted.pop()) {
  const folder = join(root, 'node_modules', name);
  // Optional packages of other platforms are not there.
  if (seen.has(name) || !existsSync(folder)) continue;
  seen.add(name);
  const { dependencies = {}, optionalDependencies = {} } = manifest(folder);
  wanted.push(...Object.keys(dependencies), ...Object.keys(optionalDependencies));
}
process.stdout.write(`${[...seen].sort().join('\n')}\n`);
