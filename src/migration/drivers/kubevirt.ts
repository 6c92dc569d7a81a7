import type { CommandSpec } from '../command-driver.js';
import type { CommandLine } from '../command-line.js';
import type { HypervisorReport, MigrationRequest } from '../driver.js';

const namespace = (request: MigrationRequest): string[] =>
  request.options.namespace === undefined ? [] : ['-n', request.options.namespace];

const MIGRATION_STATE = '{.status.migrationState}';

/**
 * `virtctl migrate` only files the request: the shell line waits until the instance says that the migration which began after it is over. It
 * prints the state, and fails with the reason when the migration failed.
 */
const WAIT = [
  'vmi=$1; shift',
  'field() { f=$1; shift; kubectl get vmi "$vmi" "$@" -o "jsonpath={.status.migrationState.$f}"; }',
  'before=$(field migrationUid "$@")',
  'virtctl migrate "$vmi" "$@" || exit',
  'while :; do',
  '  uid=$(field migrationUid "$@") || exit',
  '  if [ -n "$uid" ] && [ "$uid" != "$before" ]; then',
  '    [ "$(field failed "$@")" = true ] && { echo "migration failed: $(field failureReason "$@")" >&2; exit 1; }',
  '    [ "$(field completed "$@")" = true ] && exit 0',
  '  fi',
  '  sleep 0.2',
  'done',
].join('\n');

/** The two stamps of the state, whole seconds by the cluster's clock. */
function readState(output: string): Partial<HypervisorReport> {
  const stamp = (name: string): number =>
    Date.parse(new RegExp(`"${name}":\\s*"([^"]+)"`).exec(output)?.[1] ?? '');
  const total = stamp('endTimestamp') - stamp('startTimestamp');
  return Number.isFinite(total) && total >= 0 ? { totalMs: total } : {};
}

/** KubeVirt; the cluster chooses where the instance goes. */
export const KUBEVIRT: CommandSpec = {
  description: {
    name: 'kubevirt',
    what: "virtctl migrate, and the instance's migration state",
    vm: 'name of the virtual machine instance',
    destination: null,
    options: [{ name: 'namespace', required: false, what: 'namespace of the instance' }],
    modes: ['live'],
    proved: 'recorded',
    proof: "migration state of a VirtualMachineInstance by KubeVirt's API",
  },
  check: (request) => ['kubectl', 'get', 'vmi', request.vm, ...namespace(request), '-o', 'name'],
  migrate: (request): readonly CommandLine[] => [['sh', '-c', WAIT, 'sh', request.vm, ...namespace(request)]],
  readLine: () => null,
  after: (request) => [
    'kubectl',
    'get',
    'vmi',
    request.vm,
    ...namespace(request),
    '-o',
    `jsonpath=${MIGRATION_STATE}`,
  ],
  readAfter: readState,
  cancel: (request) => ['virtctl', 'migrate-cancel', request.vm, ...namespace(request)],
};
