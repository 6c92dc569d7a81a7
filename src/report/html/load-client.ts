/** The script of a campaign's page: figures against load, one line a set-up, published ones dashed. It fetches nothing. */
export const LOAD_CLIENT_SCRIPT = `
(function () {
  'use strict';
  var data = JSON.parse(document.getElementById('plot-data').textContent);
  var dark = window.matchMedia('(prefers-color-scheme: dark)');
  var drawn = [];

  function colour(name) {
    return getComputedStyle(document.documentElement).getPropertyValue('--' + name).trim();
  }

  function axis(overrides) {
    var base = { stroke: colour('quiet'), grid: { stroke: colour('line'), width: 1 }, ticks: { stroke: colour('line'), width: 1 } };
    return Object.assign(base, overrides);
  }

  function options(plot, width) {
    return {
      width: width,
      height: Math.max(240, Math.min(420, Math.round(width * 0.55))),
      scales: {
        x: { time: false, range: function (u, low, high) { return [0, high * 1.05]; } },
        y: { range: function (u, low, high) { return [0, high > 0 ? high * 1.1 : 1]; } }
      },
      axes: [
        axis({ label: 'requests a second' }),
        axis({ size: 64, values: function (u, splits) { return splits.map(function (v) { return v + ' ' + plot.unit; }); } })
      ],
      series: [{ label: 'req/s' }].concat(plot.series.map(function (series) {
        return {
          label: series.label,
          stroke: colour('line-' + series.colour),
          width: 2,
          spanGaps: true,
          dash: series.dashed ? [6, 4] : undefined,
          points: { show: true, size: series.dashed ? 5 : 8 },
          value: function (u, v) { return v === null || v === undefined ? '-' : Number(v.toPrecision(4)) + ' ' + plot.unit; }
        };
      }))
    };
  }

  function draw() {
    drawn.forEach(function (chart) { chart.destroy(); });
    drawn = data.plots.map(function (plot) {
      var holder = document.getElementById('plot-' + plot.id);
      var columns = [plot.rates].concat(plot.series.map(function (series) { return series.values; }));
      return new uPlot(options(plot, holder.clientWidth), columns, holder);
    });
  }

  draw();
  dark.addEventListener('change', draw);
  var width = window.innerWidth;
  window.addEventListener('resize', function () {
    if (window.innerWidth === width) return;
    width = window.innerWidth;
    draw();
  });
})();
`;

/** Colours of the set-ups' lines, of enough contrast on either page. */
export const LOAD_STYLE = `
:root { --line-0: #0b5cad; --line-1: #b3261e; --line-2: #4b7a1f; --line-3: #7a4fb5; --line-4: #8a5a00; --line-5: #006b6b; --line-6: #545b66; }
@media (prefers-color-scheme: dark) {
  :root { --line-0: #7ab7ff; --line-1: #ff8a80; --line-2: #a5d67a; --line-3: #c4a5f5; --line-4: #f0c060; --line-5: #6fd6d6; --line-6: #a9b0ba; }
}
.uplot .u-axis { color: var(--quiet); }
`;

/** How many lines have a colour of their own; further ones begin again. */
export const LINE_COLOURS = 7;
