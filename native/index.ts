/** The only importer of the compiled binding (native/build/busyhour.node). */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Binding } from './api.js';

/**
 * A fault of the caller or of the system: a port in use, an address that is not ours, a stream that is not open.
 * `code` is an errno name such as `EADDRINUSE`; the message names the endpoint and the remedy.
 */
export class BindingError extends Error {
  override readonly name = 'BindingError';
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

interface NativeModule extends Binding {
  setErrorClass(errorClass: typeof BindingError): void;
}

let loaded: Binding | undefined;

/** From `native/index.ts` the package root is one folder up, from `dist/native/index.js` two. */
function findAddon(): string {
  const override = process.env.BUSYHOUR_NATIVE;
  if (override !== undefined && override !== '') return override;
  const here = dirname(fileURLToPath(import.meta.url));
  const places = [join(here, 'build'), join(here, '..', '..', 'native', 'build')];
  for (const place of places) {
    const path = join(place, 'busyhour.node');
    if (existsSync(path)) return path;
  }
  throw new BindingError(
    'ENOENT',
    `the SCTP binding is not built (no busyhour.node in ${places[0]}): run ./setup build`,
  );
}

/**
 * Loads the binding, once per thread. Throws {@link BindingError}: `ENOENT` when it is not built, `ELOAD` when the
 * system cannot load it (no libusrsctp, another Node version or machine). `BUSYHOUR_NATIVE` names another .node file.
 */
export function loadBinding(): Binding {
  if (loaded !== undefined) return loaded;
  const path = findAddon();
  let native: NativeModule;
  try {
    native = createRequire(import.meta.url)(path) as NativeModule;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new BindingError(
      'ELOAD',
      `cannot load the SCTP binding ${path}: ${reason}. Install libusrsctp (Debian: libusrsctp-dev) and run ./setup build`,
    );
  }
  native.setErrorClass(BindingError);
  loaded = native;
  return loaded;
}
