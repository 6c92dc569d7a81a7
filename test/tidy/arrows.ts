/**
 * Who may import whom: ARCHITECTURE.md's table as data. `biome.json` carries the same rules for the editor (a test holds the two
 * together); `arrows.test.ts` checks the import graph itself, where a lint rule cannot tell a type from a value.
 */
export interface Folder {
  /** Path from the top level, with a closing slash. */
  readonly path: string;
  /** Folders whose values and types it may import, besides its own. */
  readonly mayImport: readonly string[];
  /** Sans-IO: no node: module, no clock, no timer, no randomness. */
  readonly pure: boolean;
}

export const FOLDERS: Readonly<Record<string, Folder>> = {
  protocol: { path: 'protocol/', mayImport: [], pure: true },
  native: { path: 'native/', mayImport: [], pure: false },
  config: { path: 'src/config/', mayImport: [], pure: false },
  measure: { path: 'src/measure/', mayImport: [], pure: false },
  cluster: { path: 'src/cluster/', mayImport: [], pure: true },
  load: { path: 'src/load/', mayImport: ['protocol'], pure: true },
  responder: { path: 'src/responder/', mayImport: ['protocol'], pure: true },
  analysis: { path: 'src/analysis/', mayImport: ['measure'], pure: true },
  report: { path: 'src/report/', mayImport: ['measure'], pure: true },
  transport: { path: 'src/transport/', mayImport: ['native'], pure: false },
  storage: { path: 'src/storage/', mayImport: ['config'], pure: false },
  telemetry: { path: 'src/telemetry/', mayImport: ['config'], pure: false },
  workload: { path: 'src/workload/', mayImport: ['config'], pure: false },
  runtime: {
    path: 'src/runtime/',
    mayImport: [
      'transport',
      'load',
      'responder',
      'cluster',
      'storage',
      'measure',
      'protocol',
      'config',
      'report',
    ],
    pure: false,
  },
  migration: {
    path: 'src/migration/',
    mayImport: ['runtime', 'telemetry', 'workload', 'analysis', 'measure', 'config'],
    pure: false,
  },
  cli: {
    path: 'src/cli/',
    mayImport: [
      'runtime',
      'migration',
      'telemetry',
      'workload',
      'storage',
      'analysis',
      'report',
      'config',
      'protocol',
    ],
    pure: false,
  },
};

/** Folders whose types anyone may import with `import type`: the result model and the configuration. */
export const TYPES_FOR_ALL: readonly string[] = ['measure', 'config'];

/** The folder of the table that a path from the top level lies in; undefined for `test/`, `bench/` and the like. */
export function folderOf(path: string): string | undefined {
  return Object.keys(FOLDERS).find((name) => path.startsWith(FOLDERS[name]!.path));
}

/** Globals that a pure folder takes as arguments instead. `Date` is allowed for reading stamps; `purity.test.ts` watches its use. */
export const IMPURE_GLOBALS: Readonly<Record<string, string>> = {
  performance: 'A pure folder has no clock: take the time as an argument.',
  process: 'A pure folder knows no process: take what it needs as an argument.',
  setTimeout: 'A pure folder has no timer: return the next deadline.',
  setInterval: 'A pure folder has no timer: return the next deadline.',
  setImmediate: 'A pure folder has no timer: return the next deadline.',
  queueMicrotask: 'A pure folder does nothing later: return what is to be done.',
  crypto: 'A pure folder has no randomness: take the generator as an argument.',
  console: 'A pure folder prints nothing: return the text.',
  Buffer: 'A pure folder stays on Uint8Array: Buffer is a Node API.',
  fetch: 'A pure folder does no input or output.',
};

/** The overrides that `biome.json` has to hold for the table above. */
export function biomeOverrides(): unknown[] {
  return Object.entries(FOLDERS).map(([name, folder]) => {
    const forbidden = Object.keys(FOLDERS).filter(
      (other) => other !== name && !folder.mayImport.includes(other) && !TYPES_FOR_ALL.includes(other),
    );
    const patterns = [
      {
        group: forbidden.map((other) => `**/${other}/**`),
        message: `${folder.path} may import ${listed(folder.mayImport)} and types of ${listed(TYPES_FOR_ALL)} (ARCHITECTURE.md, arrows).`,
      },
    ];
    const style: Record<string, unknown> = {
      noRestrictedImports: { level: 'error', options: { patterns } },
    };
    if (folder.pure) {
      style.noRestrictedGlobals = { level: 'error', options: { deniedGlobals: IMPURE_GLOBALS } };
    }
    return {
      includes: [`${folder.path}**`, '!**/*.test.ts'],
      linter: { rules: { style, ...(folder.pure ? { correctness: { noNodejsModules: 'error' } } : {}) } },
    };
  });
}

function listed(names: readonly string[]): string {
  return names.length === 0 ? 'nothing of ours' : names.join(', ');
}
