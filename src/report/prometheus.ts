import type { LiveFeed } from './live-feed.js';
import { type Labels, metricFamilies } from './metrics.js';

/** A run as Prometheus text (exposition format 0.0.4). */
export function prometheusText(feed: LiveFeed): string {
  return metricFamilies(feed)
    .map(({ name, kind, help, samples }) =>
      [
        `# HELP ${name} ${help}`,
        `# TYPE ${name} ${kind}`,
        ...samples.map(
          ({ suffix, labels, value }) => `${name}${suffix ?? ''}${labelText(labels)} ${numberText(value)}`,
        ),
        '',
      ].join('\n'),
    )
    .join('');
}

function labelText(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escapeLabel(value)}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

function escapeLabel(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}

function numberText(value: number): string {
  return Number.isFinite(value) ? String(value) : '0';
}
