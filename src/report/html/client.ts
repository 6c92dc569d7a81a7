/**
 * The script of report.html. It runs in a browser after uPlot, reads the data elements of the page and draws; without it the
 * page still holds the verdict, every table and the text alternative of each plot. It fetches nothing.
 */
export const CLIENT_SCRIPT = `
(function () {
  'use strict';
  var data = JSON.parse(document.getElementById('plot-data').textContent);
  var dark = window.matchMedia('(prefers-color-scheme: dark)');
  var drawn = [];

  function colour(name) {
    return getComputedStyle(document.documentElement).getPropertyValue('--' + name).trim();
  }

  function short(value) {
    if (value === null || value === undefined) return '-';
    var size = Math.abs(value);
    var decimals = size === 0 ? 0 : size < 1 ? 3 : size < 10 ? 2 : size < 1000 ? 1 : 0;
    return String(Number(value.toFixed(decimals)));
  }

  function elapsed(seconds) {
    if (seconds < 120) return Number(seconds.toFixed(1)) + ' s';
    var minutes = seconds / 60;
    if (minutes < 120) return Number(minutes.toFixed(1)) + ' min';
    return Number((minutes / 60).toFixed(2)) + ' h';
  }

  // Outage windows lie under the lines; one narrower than two pixels is still seen.
  function drawMarks(chart) {
    var context = chart.ctx, box = chart.bbox;
    context.save();
    context.fillStyle = colour('mark');
    data.marks.forEach(function (mark) {
      var from = chart.valToPos(mark.from, 'x', true);
      var to = mark.to === null ? box.left + box.width : chart.valToPos(mark.to, 'x', true);
      from = Math.max(from, box.left);
      to = Math.min(Math.max(to, from + 2 * devicePixelRatio), box.left + box.width);
      if (to > from) context.fillRect(from, box.top, to - from, box.height);
    });
    context.restore();
  }

  function axis(overrides) {
    var base = { stroke: colour('quiet'), grid: { stroke: colour('line'), width: 1 }, ticks: { stroke: colour('line'), width: 1 } };
    return Object.assign(base, overrides);
  }

  function options(plot, width) {
    return {
      width: width,
      height: Math.max(220, Math.min(320, Math.round(width * 0.45))),
      cursor: { drag: { x: true, y: false } },
      scales: {
        x: { time: false },
        y: plot.logarithmic ? { distr: 3, log: 10 } : { range: function (u, low, high) { return [0, high > 0 ? high * 1.1 : 1]; } }
      },
      axes: [
        axis({ values: function (u, splits) { return splits.map(elapsed); } }),
        axis({ size: 64, values: function (u, splits) { return splits.map(function (v) { return v === null ? '' : short(v) + ' ' + plot.unit; }); } })
      ],
      series: [{ label: 'time', value: function (u, v) { return v === null ? '-' : elapsed(v); } }].concat(
        plot.series.map(function (series) {
          return {
            label: series.label,
            stroke: colour(series.tone),
            width: 2,
            dash: series.dashed ? [6, 4] : undefined,
            paths: uPlot.paths.stepped({ align: 1 }),
            points: { show: false },
            value: function (u, v) { return v === null ? '-' : short(v) + ' ' + plot.unit; }
          };
        })
      ),
      hooks: { drawClear: [drawMarks] }
    };
  }

  // A logarithmic axis has no place for zero. The last figure holds until the end of its interval.
  function values(plot, series) {
    var shown = plot.logarithmic ? series.values.map(function (v) { return v !== null && v <= 0 ? null : v; }) : series.values;
    return shown.concat([shown[shown.length - 1]]);
  }

  function draw() {
    drawn.forEach(function (entry) { entry.chart.destroy(); });
    drawn = data.plots.map(function (plot) {
      var holder = document.getElementById('plot-' + plot.id);
      var columns = [plot.seconds.concat([plot.endSeconds])].concat(plot.series.map(function (series) { return values(plot, series); }));
      return { holder: holder, chart: new uPlot(options(plot, holder.clientWidth), columns, holder) };
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
