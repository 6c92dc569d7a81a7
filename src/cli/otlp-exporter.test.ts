import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Writable } from 'node:stream';
import { afterEach, describe, expect, it } from 'vitest';
import { sampleFeed } from '../../test/support/sample-feed.js';
import type { CliIo } from './io.js';
import { OtlpExporter, parseCollector } from './otlp-exporter.js';

let collector: Server | null = null;
afterEach(() => {
  collector?.close();
  collector?.closeAllConnections();
  collector = null;
});

interface Point {
  readonly attributes: { key: string; value: { stringValue: string } }[];
  readonly asDouble?: number;
  readonly count?: string;
  readonly sum?: number;
  readonly bucketCounts?: string[];
  readonly explicitBounds?: number[];
  readonly timeUnixNano: string;
  readonly startTimeUnixNano: string;
}
interface Metric {
  readonly name: string;
  readonly gauge?: { dataPoints: Point[] };
  readonly sum?: { dataPoints: Point[]; isMonotonic: boolean; aggregationTemporality: number };
  readonly histogram?: { dataPoints: Point[] };
}

/** A collector that keeps what it is given and answers with `status`; null: it never answers. */
async function listen(status: number | null): Promise<{ url: URL; metrics: Metric[]; types: string[] }> {
  const metrics: Metric[] = [];
  const types: string[] = [];
  collector = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => {
      body += chunk.toString();
    });
    request.on('end', () => {
      types.push(`${request.method} ${request.url} ${request.headers['content-type']}`);
      metrics.push(...JSON.parse(body).resourceMetrics[0].scopeMetrics[0].metrics);
      if (status !== null) response.writeHead(status).end('{}');
    });
  });
  await new Promise<void>((resolve) => collector?.listen(0, '127.0.0.1', resolve));
  const { port } = collector.address() as AddressInfo;
  return { url: parseCollector(`http://127.0.0.1:${port}`), metrics, types };
}

function io(): CliIo & { text: () => string } {
  let text = '';
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      text += chunk.toString();
      done();
    },
  });
  return { stdout: sink, stderr: sink, env: {}, cwd: '/', text: () => text };
}

describe('OtlpExporter', () => {
  it('hands a collector the same figures as Prometheus gets', async () => {
    const { url, metrics, types } = await listen(200);
    const out = io();
    await new OtlpExporter(out, sampleFeed(), url).end();
    expect(out.text()).toBe('');
    expect(types).toEqual(['POST /v1/metrics application/json']);
    const find = (name: string): Metric => metrics.find((metric) => metric.name === name)!;
    const requests = find('busyhour_requests').sum!;
    expect(requests).toMatchObject({ isMonotonic: true, aggregationTemporality: 2 });
    const succeeded = requests.dataPoints.find(({ attributes }) =>
      attributes.some(({ value }) => value.stringValue === 'succeeded'),
    );
    expect(succeeded?.asDouble).toBe(2998);
    const latency = find('busyhour_latency_seconds').histogram!.dataPoints[0]!;
    expect(latency.count).toBe('10');
    expect(latency.bucketCounts!.reduce((sum, count) => sum + Number(count), 0)).toBe(10);
    expect(latency.bucketCounts).toHaveLength(latency.explicitBounds!.length + 1);
    expect(latency.bucketCounts![0]).toBe('2');
    expect(latency.sum).toBeCloseTo(1.488, 9);
    expect(latency.timeUnixNano).toMatch(/^\d{19}$/);
    expect(find('busyhour_offered_requests_per_second').gauge!.dataPoints[0]!.asDouble).toBe(1500);
  });

  it.each([503, null])('says once that a collector fails, and goes on (status %s)', async (status) => {
    const { url } = await listen(status);
    const out = io();
    await new OtlpExporter(out, sampleFeed(), url).end();
    expect(out.text()).toMatch(/could not be pushed to \S+: .+; the run goes on\n.*1 of 1 pushes/);
  });

  it('says that nobody listens', async () => {
    const { url } = await listen(200);
    await new Promise((resolve) => collector?.close(resolve));
    const out = io();
    await new OtlpExporter(out, sampleFeed(), url).end();
    expect(out.text()).toContain('nobody listens there');
  });

  it.each(['', 'lab7:4318', 'ftp://lab7'])('refuses the address %s', (text) =>
    expect(() => parseCollector(text)).toThrow('--otlp: expected http://HOST:PORT'),
  );
});
