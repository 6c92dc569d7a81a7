import { LATENCY_BUCKETS_SECONDS, type LiveFeed } from './live-feed.js';
import { type Family, type Labels, metricFamilies, type Sample } from './metrics.js';

/** Clock readings of one push, Unix time in ns as decimal digits: JSON has no integers of that size. */
export interface PushTimes {
  readonly startUnixNano: string;
  readonly nowUnixNano: string;
}

const CUMULATIVE = 2;

/** A run as the body of an OTLP/HTTP metrics request in JSON (`ExportMetricsServiceRequest`): the same metrics as for Prometheus. */
export function otlpMetrics(feed: LiveFeed, times: PushTimes): object {
  const { id, version, scenario } = feed.run;
  return {
    resourceMetrics: [
      {
        resource: {
          attributes: attributesOf({
            'service.name': 'busyhour',
            'service.version': version,
            'service.instance.id': id,
            'busyhour.scenario': scenario,
          }),
        },
        scopeMetrics: [
          {
            scope: { name: 'busyhour', version },
            metrics: metricFamilies(feed).map((family) => metricOf(family, times)),
          },
        ],
      },
    ],
  };
}

function metricOf(family: Family, times: PushTimes): object {
  const { name, kind, help } = family;
  const head = { name: name.replace(/_total$/, ''), description: help, unit: unitOf(name) };
  switch (kind) {
    case 'gauge':
      return { ...head, gauge: { dataPoints: family.samples.map((sample) => numberPoint(sample, times)) } };
    case 'counter':
      return {
        ...head,
        sum: {
          aggregationTemporality: CUMULATIVE,
          isMonotonic: true,
          dataPoints: family.samples.map((sample) => numberPoint(sample, times)),
        },
      };
    case 'histogram':
      return {
        ...head,
        histogram: { aggregationTemporality: CUMULATIVE, dataPoints: histogramPoints(family, times) },
      };
  }
}

function numberPoint({ labels, value }: Sample, times: PushTimes): object {
  return { ...stamps(times), attributes: attributesOf(labels), asDouble: Number.isFinite(value) ? value : 0 };
}

/** Prometheus counts up to each bound; OTLP wants each bucket alone. */
function histogramPoints({ samples }: Family, times: PushTimes): object[] {
  return samples
    .filter(({ suffix }) => suffix === '_count')
    .map(({ labels, value: count }) => {
      const own = samples.filter((sample) => sample.labels.target === labels.target);
      const upTo = own.filter(({ suffix }) => suffix === '_bucket').map(({ value }) => value);
      return {
        ...stamps(times),
        attributes: attributesOf(labels),
        count: String(count),
        sum: own.find(({ suffix }) => suffix === '_sum')?.value ?? 0,
        bucketCounts: upTo.map((value, index) => String(value - (upTo[index - 1] ?? 0))),
        explicitBounds: [...LATENCY_BUCKETS_SECONDS],
      };
    });
}

function stamps({ startUnixNano, nowUnixNano }: PushTimes): object {
  return { startTimeUnixNano: startUnixNano, timeUnixNano: nowUnixNano };
}

function attributesOf(labels: Labels): object[] {
  return Object.entries(labels).map(([key, value]) => ({ key, value: { stringValue: value } }));
}

/** UCUM units, as OpenTelemetry wants them. */
function unitOf(name: string): string {
  if (name.endsWith('_per_second')) return '{request}/s';
  return /_seconds(_total)?$/.test(name) ? 's' : '1';
}
