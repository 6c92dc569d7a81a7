import type { HeatMap } from '../../measure/latency-picture.js';

/** Colours by role; the style sheet gives each a light and a dark value of enough contrast. */
export type Tone = 'first' | 'second' | 'third' | 'bad' | `line-${number}`;

/** How many set-ups or targets have a colour of their own; further ones begin again. */
export const LINE_COLOURS = 7;

export interface Series {
  readonly label: string;
  readonly tone: Tone;
  readonly dashed?: boolean;
  /** One value a position of the plot; null where there was none. */
  readonly values: readonly (number | null)[];
}

/** What lies along the bottom of a plot. */
export type Axis =
  /** Seconds since the start of the run; a figure holds from its position to the next one. */
  | 'time'
  /** Requests a second. */
  | 'load'
  /** Whole numbers, from the first to the last. */
  | 'count'
  /** 1 / (1 - percentile), so that every further nine takes the same room. */
  | 'percentile';

/** One plot with everything that its picture and its text alternative need. */
export interface Plot {
  readonly id: string;
  readonly title: string;
  readonly unit: string;
  readonly axis: Axis;
  /** Times below 1 ms and above 1 s on one axis need a logarithmic one. */
  readonly logarithmic: boolean;
  readonly positions: readonly number[];
  /** Where the last figure of a time axis ends. */
  readonly end: number | null;
  readonly series: readonly Series[];
  /** What the plot shows, in a sentence: read out instead of the picture. */
  readonly alternative: string;
  /** Takes the whole width. */
  readonly wide?: boolean;
}

/** A heat map; its picture comes from the counts. */
export interface HeatPlot extends Pick<Plot, 'id' | 'title' | 'alternative'> {
  readonly heat: HeatMap;
}

/** A stretch of the run's time, in seconds since its start, that time plots show. */
export interface Mark {
  /** `change` and `mark` are moments. */
  readonly kind: 'outage' | 'pause' | 'down' | 'phase' | 'change' | 'mark';
  readonly from: number;
  /** Null: until the end. */
  readonly to: number | null;
  readonly label: string;
}
