const REASONS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another process listens there',
  EADDRNOTAVAIL: 'this host does not have that address',
  EACCES: 'this user may not listen on that port',
  ENOTFOUND: 'no such host is known',
};

/** Why a TCP address could not be listened on, for a sentence that names it. */
export function whyNotListening({ code, message }: NodeJS.ErrnoException): string {
  return REASONS[code ?? ''] ?? message;
}
