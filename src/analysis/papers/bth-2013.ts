import { type PublishedFigure, type PublishedTable, publishedCells, publishedRange } from './published.js';

/** Columns of both tables, the short names of `--with bth-2013/NAME`. */
export const BTH_2013_SETUPS = [
  'bare-metal',
  'kvm-16',
  'kvm-12',
  'kvm-6',
  'xen-16',
  'xen-12',
  'xen-6',
] as const;
export type Bth2013Setup = (typeof BTH_2013_SETUPS)[number];

/** Load levels in requests a second; a set-up's own top level stands in its feasibility row. */
export const BTH_2013_LEVELS = [750, 2250, 4500, 6450, 7950, 9450] as const;

/** Host CPU utilisation in per cent, 10 s samples over 20 min. */
export const BTH_2013_CPU: PublishedTable = {
  source: 'bth-2013',
  title: 'CPU utilisation',
  definition: 'hostCpuBusy',
  unit: '%',
  // biome-ignore format: a table reads as a table
  cells: publishedCells(BTH_2013_SETUPS, [
    [750, '11.2035/0.0771/0.2776/0.0497', '13.2893/0.1470/0.3834/0.0689', '13.2488/0.1919/0.4381/0.0784', '17.2589/0.2019/0.4493/0.0832',
      '11.8787/0.1154/0.3397/0.0615', '12.1938/0.0906/0.3010/0.0568', '14.9203/0.1805/0.4248/0.0801'],
    [2250, '21.0110/0.0814/0.2854/0.0522', '22.3508/0.1578/0.3972/0.0726', '21.7147/0.2183/0.4672/0.0832', '23.9801/0.1759/0.4194/0.0763',
      '27.5136/0.2013/0.4486/0.0813', '28.4704/0.1258/0.3547/0.0669', '31.7715/1.1594/1.0767/0.1880'],
    [4500, '39.6910/0.6339/0.7962/0.1455', '41.3041/0.6633/0.8144/0.1515', '39.2921/0.4243/0.6514/0.1196', '38.0321/0.9280/0.9633/0.1800',
      '50.6293/0.1428/0.3779/0.0703', '53.0746/0.3595/0.5996/0.1126', '61.9979/5.4512/2.3348/0.4344'],
    [5700, '', '', '', '', '', '64.4132/0.3133/0.5597/0.1092', ''],
    [6450, '55.3839/1.0920/1.0450/0.1962', '57.7827/3.3610/1.8333/0.3558', '51.7258/3.0876/1.7572/0.3284', '50.1241/0.0855/0.2924/0.0537',
      '77.0655/0.6056/0.7782/0.1410', '', '70.2605/2.1911/1.4802/0.2766'],
    [7350, '', '', '57.2426/2.2010/1.4836/0.2654', '55.1593/0.3001/0.5479/0.0972', '', '', ''],
    [7950, '68.6537/0.5117/0.7153/0.1259', '70.9295/3.4928/1.8689/0.3358', '', '', '', '', ''],
    [8850, '', '', '', '67.2001/0.2324/0.4821/0.0881', '', '', ''],
    [9450, '79.8549/1.1846/1.0884/0.2133', '', '', '', '', '', ''],
  ]),
};

/** Response time in ms: the application's own whole-millisecond averages of 10 s. */
export const BTH_2013_RESPONSE: PublishedTable = {
  source: 'bth-2013',
  title: 'Response time',
  definition: 'applicationResponse',
  unit: 'ms',
  // biome-ignore format: a table reads as a table
  cells: publishedCells(BTH_2013_SETUPS, [
    [750, '1.0000/0/0/0', '2.0000/0/0/0', '2.0000/0/0/0', '1.3976/0.2401/0.4900/0.0601',
      '1.0000/0/0/0', '1.1520/0.1299/0.3605/0.0632', '1.4512/0.2486/0.49861/0.0623'],
    [2250, '1.4809/0.2977/0.5456/0.0934', '2.7328/0.1973/0.4442/0.0761', '2.9854/0.0733/0.2708/0.0453', '2.1603/0.1504/0.3879/0.0470',
      '2.8815/0.1799/0.4241/0.0715', '3.7200/0.4452/0.6672/0.1170', '3.7183/0.4009/0.6332/0.0736'],
    [4500, '3.5769/0.4940/0.7029/0.1208', '5.2901/0.8537/0.9239/0.1582', '6.5000/1.0426/1.0211/0.1755', '4.9880/0.6786/0.8238/0.1021',
      '6.6172/1.0413/1.0204/0.1768', '8.7717/3.0824/1.7557/0.3053', '8.4922/7.0666/2.6583/0.3256'],
    [5700, '', '', '', '', '', '31.2642/49.7772/7.0553/1.3431', ''],
    [6450, '4.7063/0.7691/0.8770/0.1531', '7.7302/6.4386/2.5374/0.4431', '9.9440/5.4565/2.3359/0.4095', '6.7710/3.9397/1.9849/0.2403',
      '18.4148/32.8714/5.7334/0.9672', '', '22.4040/110.2658/10.5008/1.3017'],
    [7350, '', '', '22.2017/38.8234/6.2308/1.1195', '7.7240/3.7905/1.9469/0.2285', '', '', ''],
    [7950, '7.6918/4.4492/2.1093/0.3422', '23.2750/26.5708/5.1547/0.9223', '', '', '', '', ''],
    [8850, '', '', '', '33.5574/577.3076/24.0272/3.0720', '', '', ''],
    [9450, '34.4851/120.5123/10.9778/2.1410', '', '', '', '', '', ''],
  ]),
};

/** Levels that a set-up carried without failed requests, and those it did not, requests a second. */
export interface Feasibility {
  readonly setup: Bth2013Setup;
  readonly cores: string;
  readonly feasiblePerSecond: readonly number[];
  readonly infeasiblePerSecond: readonly number[];
}

// biome-ignore format: a table reads as a table
export const BTH_2013_FEASIBILITY: readonly Feasibility[] = [
  { setup: 'bare-metal', cores: '16', feasiblePerSecond: [750, 2250, 4500, 6450, 7950, 9450], infeasiblePerSecond: [] },
  { setup: 'kvm-16', cores: '16', feasiblePerSecond: [750, 2250, 4500, 6450, 7950], infeasiblePerSecond: [9450] },
  { setup: 'kvm-12', cores: '12', feasiblePerSecond: [750, 2250, 4500, 6450, 7350], infeasiblePerSecond: [7950, 9450] },
  { setup: 'kvm-6', cores: '2 x 6', feasiblePerSecond: [750, 2250, 4500, 6450, 7350, 8850], infeasiblePerSecond: [9450] },
  { setup: 'xen-16', cores: '16', feasiblePerSecond: [750, 2250, 4500, 6450], infeasiblePerSecond: [7950, 9450] },
  { setup: 'xen-12', cores: '12', feasiblePerSecond: [750, 2250, 4500, 5700], infeasiblePerSecond: [6450, 7950, 9450] },
  { setup: 'xen-6', cores: '2 x 6', feasiblePerSecond: [750, 2250, 4500, 6450], infeasiblePerSecond: [7950, 9450] },
];

const figure = (
  quantity: string,
  setup: string,
  value: string,
  rest: Pick<PublishedFigure, 'definition' | 'unit'> & {
    readonly condition?: string;
    readonly note?: string;
  },
): PublishedFigure => ({
  source: 'bth-2013',
  quantity,
  setup,
  value: publishedRange(value),
  condition: '',
  ...rest,
});

const DOWNTIME = { definition: 'maximumResponse', unit: 'ms' } as const;
const TOTAL = { definition: 'migrateCommand', unit: 's' } as const;
const OVERHEAD = { definition: 'hostCpuOverhead', unit: '%' } as const;

/** The thesis's migration results. */
export const BTH_2013_MIGRATION: readonly PublishedFigure[] = [
  figure('downtime', 'KVM', '650-700', DOWNTIME),
  figure('downtime', 'Xen', '250-300', DOWNTIME),
  figure('total migration time', 'KVM', '120-180', TOTAL),
  figure('total migration time', 'Xen', '120-150', TOTAL),
  figure('CPU overhead', 'KVM', '8', { ...OVERHEAD, condition: 'source' }),
  figure('CPU overhead', 'KVM', '3', { ...OVERHEAD, condition: 'destination' }),
  figure('CPU overhead', 'Xen', '6', { ...OVERHEAD, condition: 'source' }),
  figure('CPU overhead', 'Xen', '4', { ...OVERHEAD, condition: 'destination' }),
  figure('maximum response time outside the pause', 'KVM', '20', { ...DOWNTIME, note: 'always below this' }),
  figure('maximum response time outside the pause', 'Xen', '20', {
    ...DOWNTIME,
    note: 'average of the maxima below this',
  }),
];
