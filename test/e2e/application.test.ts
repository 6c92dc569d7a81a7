import { readFileSync, statSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  expectCode,
  expectValid,
  freeze,
  perform,
  Run,
  sleep,
  startResponder,
  temporaryFolder,
} from './support/processes.js';

const ONE_SUBSCRIBER = ['--msisdn-range', '999100000000-999100000000'];

describe.concurrent('lack of credit', () => {
  it('is answered, counted as rejected, and ends no sooner or later than the balance', async () => {
    const responder = await startResponder(['--balance', '10', '--subscribers', '1']);
    const { code, summary } = await perform([
      ...['--target', responder.endpoint, '--rate', '100', '--duration', '1s', ...ONE_SUBSCRIBER],
    ]);
    const { counted } = await responder.end();
    expect(summary.requests).toMatchObject({ due: 100, succeeded: 10, rejected: 90, failed: 0 });
    expect(summary.latencyMs.count).toBe(100);
    expect(summary.downtime.maxResponseCensored).toBe(false);
    expect(counted).toMatchObject({ succeeded: 10, failed: 90 });
    expectCode(code, summary, 0);
  });

  it('refuses subscribers that nobody knows', async () => {
    const responder = await startResponder(['--subscribers', '5']);
    const { summary } = await perform([
      ...['--target', responder.endpoint, '--rate', '100', '--duration', '1s'],
      ...['--msisdn-range', '999100000000-999100000009'],
    ]);
    const { counted } = await responder.end();
    expect(summary.requests.succeeded).toBe(50);
    expect(summary.requests.rejected).toBe(50);
    expect(counted).toMatchObject({ succeeded: 50, failed: 50 });
  });
});

describe.concurrent('the call scenario', () => {
  it('holds every call, charges it by its length, and times the release apart', async () => {
    const responder = await startResponder();
    const { code, summary } = await perform([
      ...['--target', responder.endpoint, '--scenario', 'call', '--hold', '700ms'],
      ...['--rate', '100', '--duration', '1s'],
    ]);
    const { counted } = await responder.end();
    expect(summary.run.scenario).toBe('call');
    expect(summary.requests).toMatchObject({ due: 100, succeeded: 100, unknown: 0, late: 0 });
    expect(summary.releaseTimeMs?.count).toBe(100);
    expect(summary.latencyMs.count).toBe(100);
    // Neither leg's response time contains the hold.
    expect(summary.releaseTimeMs?.p50).toBeLessThan(350);
    expect(summary.latencyMs.p50).toBeLessThan(350);
    expect(counted.failed).toBe(0);
    expect(counted.succeeded).toBeGreaterThanOrEqual(100);
    expectCode(code, summary, 0);
  });

  it('is refused for lack of credit at its first leg', async () => {
    const responder = await startResponder(['--balance', '0']);
    const { summary } = await perform([
      ...['--target', responder.endpoint, '--scenario', 'call', '--hold', '300ms'],
      ...['--rate', '100', '--duration', '500ms'],
    ]);
    await responder.end();
    expect(summary.requests).toMatchObject({ due: 50, rejected: 50, succeeded: 0 });
    expect(summary.releaseTimeMs?.count).toBe(0);
  });
});

describe('a freeze in mid-call', () => {
  it('is survived by every call', { retry: 2 }, async () => {
    const responder = await startResponder();
    const run = new Run([
      ...['--target', responder.endpoint, '--scenario', 'call', '--hold', '400ms'],
      ...['--rate', '300', '--duration', '3s', '--timeout', '10s', '--outage-threshold', '60ms'],
    ]);
    await run.reach(800);
    await freeze(responder.pid, 500);
    const { summary } = await run.result();
    await responder.end();
    expect(summary.requests.succeeded).toBe(900);
    expect(summary.downtime.windows.length).toBe(1);
    expect(summary.releaseTimeMs?.max).toBeGreaterThan(400);
  });
});

describe.concurrent('a request that is sent again', () => {
  it('is recognised by the responder, answered again, and charged once', async () => {
    const balance = 1000;
    const responder = await startResponder(['--balance', `${balance}`, '--subscribers', '1']);
    const run = new Run([
      ...['--target', responder.endpoint, '--rate', '200', '--duration', '2s', ...ONE_SUBSCRIBER],
      ...['--retransmit-after', '150ms', '--retransmit-max', '2', '--timeout', '10s'],
    ]);
    await run.reach(800);
    await freeze(responder.pid, 600);
    const { summary } = await run.result();
    // What is left buys exactly the rest: nothing was charged twice.
    const rest = await perform([
      ...['--target', responder.endpoint, '--rate', '700', '--duration', '1s', ...ONE_SUBSCRIBER],
    ]);
    const { counted } = await responder.end();
    const { requests } = summary;
    expect(requests.succeeded).toBe(400);
    expect(requests.retransmitted).toBeGreaterThan(50);
    expect(requests.duplicateAnswered + requests.unknown).toBeGreaterThan(0);
    expect(requests.duplicateAnswered).toBe(requests.retransmitted);
    expect(counted.retransmissionDetected).toBe(requests.retransmitted);
    expect(counted.duplicateAnswered).toBe(requests.retransmitted);
    expect(rest.summary.requests.succeeded).toBe(balance - 400);
    expect(rest.summary.requests.rejected).toBe(100);
  });
});

describe('a responder that is offered more than it can serve', () => {
  it("makes requests wait, then refuses them: all of it the target's doing, and the run stays valid", async () => {
    // 2 servers x 10 ms: 200 a second; 20 may wait.
    const responder = await startResponder([
      ...['--service-time', '10ms', '--service-servers', '2', '--service-queue', '20'],
    ]);
    const { summary } = await perform([
      ...['--target', responder.endpoint, '--rate', '400', '--duration', '2s', '--timeout', '1s'],
    ]);
    const { counted } = await responder.end();
    const { requests } = summary;
    expect(requests.due).toBe(800);
    expect(requests.succeeded).toBeGreaterThan(0.5 * 400);
    expect(requests.succeeded).toBeLessThan(1.2 * 400);
    expect(requests.failed).toBe(800 - requests.succeeded);
    expect(counted.succeeded).toBe(requests.succeeded);
    expect(counted.failed).toBe(requests.failed);
    expect(summary.serviceTimeMs.min).toBeGreaterThanOrEqual(10);
    // A full queue of 20 before two servers of 10 ms.
    expect(summary.serviceTimeMs.p90).toBeGreaterThan(80);
    expect(summary.serviceTimeMs.p50).toBeLessThan(250);
    expect(summary.latencyAllMs.count).toBe(800);
    expectValid(summary);
  });

  it('serves distributed times in parallel without holding up SCTP', async () => {
    const responder = await startResponder([
      '--service-time',
      'exp:20ms',
      '--service-servers',
      '64',
      '--seed',
      '3',
    ]);
    const { summary } = await perform([
      ...['--target', responder.endpoint, '--rate', '500', '--duration', '2s', '--arrival', 'poisson'],
    ]);
    await responder.end();
    expect(summary.requests.succeeded).toBe(summary.requests.due);
    expect(summary.serviceTimeMs.mean).toBeGreaterThan(15);
    expect(summary.serviceTimeMs.mean).toBeLessThan(40);
    // Exponential: the standard deviation is the mean, and the p99 is 4.6 means.
    expect(summary.serviceTimeMs.p99).toBeGreaterThan(60);
    expect(summary.transport.associations[0]?.retransmissions).toBe(0);
  });

  it('writes to disk what every request asks for', async () => {
    const folder = temporaryFolder();
    const responder = await startResponder(['--write-per-request', '4KB', '--data-dir', folder]);
    const { summary } = await perform(['--target', responder.endpoint, '--rate', '200', '--duration', '1s']);
    await sleep(200);
    expect(summary.requests.succeeded).toBe(200);
    expect(statSync(`${folder}/disk-load.dat`).size).toBe(200 * 4096);
    expect(readFileSync(`${folder}/disk-load.dat`).subarray(0, 8).toString()).toBe('busyhour');
    await responder.end();
  });
});
