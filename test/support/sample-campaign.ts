import type { CampaignCell, CampaignResult, CellStatistics } from '../../src/measure/campaign-result.js';

const statistics = (mean: number, count = 120): CellStatistics => ({
  count,
  mean,
  variance: 0.25,
  standardDeviation: 0.5,
  marginOfError: count < 30 ? null : 0.0895,
  dependentMargin: null,
});

const cell = (
  ratePerSecond: number,
  repetition: number,
  change: Partial<CampaignCell> = {},
): CampaignCell => ({
  setup: 'kvm-16',
  ratePerSecond,
  repetition,
  startedAt: '2026-11-20T15:48:02.113Z',
  valid: true,
  invalidReasons: [],
  feasible: true,
  failed: 0,
  offeredPerSecond: ratePerSecond,
  answeredPerSecond: ratePerSecond,
  response: statistics(ratePerSecond / 1000),
  cpu: null,
  latencyP99Ms: 9,
  latencyMaxMs: 12,
  result: `runs/kvm-16/${ratePerSecond}/${repetition}`,
  ...change,
});

/** A shortened campaign with a level that failed, an invalid run and a run that is missing. */
export function sampleCampaign(): CampaignResult {
  return {
    schema: 'busyhour/campaign/1',
    name: 'sample',
    scale: 1 / 60,
    scaleText: '1/60',
    durationSeconds: 20,
    intervalSeconds: 1 / 6,
    warmUpSeconds: 0,
    coolDownSeconds: 0,
    repetitions: 2,
    order: 'listed',
    seed: 1,
    setups: [
      {
        name: 'kvm-16',
        levelsPerSecond: [750, 2250, 9450],
        targets: ['127.0.0.1:2905'],
        published: {
          reference: 'bth-2013/kvm-16',
          response: [
            {
              loadPerSecond: 2250,
              mean: 2.7328,
              variance: 0.1973,
              standardDeviation: 0.4442,
              marginOfError: 0.0761,
              decimals: 4,
            },
          ],
          responseDefinition: 'whole ms',
          cpu: [],
          cpuDefinition: 'busy',
          feasiblePerSecond: [750, 2250],
          infeasiblePerSecond: [9450],
        },
      },
    ],
    cells: [
      cell(750, 1, { response: statistics(0.5, 29) }),
      cell(2250, 1),
      cell(9450, 1, { feasible: false, failed: 31 }),
      cell(2250, 2, { valid: false, feasible: null, invalidReasons: ['generator saturated'] }),
    ],
    missing: [{ setup: 'kvm-16', ratePerSecond: 9450, repetition: 2 }],
    notes: ['note <script>'],
  };
}
