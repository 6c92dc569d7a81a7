/** Published downtimes that a run's own figure is shown beside; never ranked, because machines and loads differ. */
export interface PublishedDowntime {
  readonly hypervisor: string;
  readonly range: string;
  readonly source: string;
}

/**
 * Downtime of one live migration of a telecom billing application under load, as printed in two studies of the same test bed:
 * Outadi, Trchalikova 2013 (`bth-2013`) and Shirinbab, Lundberg, Ilie 2014 (`bth-2014`).
 */
export const PUBLISHED_DOWNTIMES: readonly PublishedDowntime[] = [
  { hypervisor: 'KVM', range: '650-700 ms', source: 'bth-2013; 700 ms in bth-2014' },
  { hypervisor: 'Xen', range: '250-300 ms', source: 'bth-2013; 280-300 ms in bth-2014' },
  { hypervisor: 'VMware', range: '3 000 ms', source: 'bth-2014' },
];

/** What those figures are, and which of ours may stand beside them. */
export const PUBLISHED_DEFINITION =
  'The published figures are the longest response time seen during one live migration, from the actual send, in whole ms: ' +
  'the definition of "maximum service time" here and of no other figure. Other machines, load and decade: to be read beside it, not as a ranking.';
