/**
 * What every page with plots shares, as a script for the browser: it runs after uPlot and leaves one name, `plotTools`. A plot is drawn from the
 * object of the same shape as `Plot` in plot.ts; the colours come from the style sheet.
 */
export const PLOT_TOOLS = `
var plotTools = (function () {
  'use strict';

  function colour(name) { return getComputedStyle(document.documentElement).getPropertyValue('--' + name).trim(); }

  function short(value) {
    if (value === null || value === undefined) return '-';
    var size = Math.abs(value);
    var decimals = size === 0 ? 0 : size < 1 ? 3 : size < 10 ? 2 : size < 1000 ? 1 : 0;
    return String(Number(value.toFixed(decimals))).replace(/\\B(?=(\\d{3})+$)/g, '\\u202f');
  }

  function elapsed(seconds) {
    if (seconds < 120) return Number(seconds.toFixed(3)) + '\\u202fs';
    var minutes = seconds / 60;
    if (minutes < 120) return Number(minutes.toFixed(2)) + '\\u202fmin';
    return Number((minutes / 60).toFixed(2)) + '\\u202fh';
  }

  // Steps of an axis that people count time in.
  var STEPS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 10800, 21600, 43200,
    86400, 172800, 432000, 864000, 2592000];

  var WHOLE = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000];

  function parts(value, size) {
    var rest = Math.round(value % size * 60 / size);
    return Math.floor(value / size) + ':' + (rest < 10 ? '0' : '') + rest;
  }

  // All labels of an axis in one unit, by how far it reaches and how fine it is: 20 s, 2:20 min, 40 min, 1:20 h, 3 h.
  function timeLabels(u, splits, index, space, step) {
    var last = splits[splits.length - 1];
    return splits.map(function (v) {
      if (last < 120) return elapsed(v);
      if (step % 3600 === 0) return v / 3600 + '\\u202fh';
      if (last >= 7200) return parts(v, 3600) + '\\u202fh';
      return (step % 60 === 0 ? v / 60 : parts(v, 60)) + '\\u202fmin';
    });
  }

  function percentile(oneIn) {
    var nines = Math.log10(oneIn);
    return 'p' + Number((100 - 100 / oneIn).toFixed(Math.max(0, Math.ceil(nines - 1.9)))) ;
  }

  // A label of an axis has room for some eight characters: long times are seconds.
  function withUnit(unit) {
    return function (value) {
      var long = unit === 'ms' && Math.abs(value) >= 10000;
      return long ? short(value / 1000) + '\\u202fs' : short(value) + '\\u202f' + unit;
    };
  }

  // Labels of a logarithmic axis stand at whole powers of ten, where there is room for them.
  function decadesOnly(format) {
    return function (u, splits) {
      return splits.map(function (v) { return v !== null && Math.abs(Math.log10(v) - Math.round(Math.log10(v))) < 1e-6 ? format(v) : ''; });
    };
  }

  var ALONG = {
    time: { scale: { time: false }, name: 'time', format: elapsed, labels: timeLabels, steps: STEPS },
    load: {
      scale: { time: false, range: function (u, low, high) { return [0, high * 1.05]; } },
      name: 'req/s', format: short, labels: function (u, splits) { return splits.map(short); }
    },
    count: {
      scale: { time: false, range: function (u, low, high) { return [low - 0.5, high + 0.5]; } },
      name: 'number', steps: WHOLE, format: short, labels: function (u, splits) { return splits.map(function (v) { return v % 1 === 0 ? short(v) : ''; }); }
    },
    percentile: { scale: { time: false, distr: 3, log: 10 }, name: 'percentile', format: percentile, labels: decadesOnly(percentile) }
  };

  function axis(overrides) {
    var base = {
      stroke: colour('quiet'), font: '12px system-ui, sans-serif',
      grid: { stroke: colour('line'), width: 1 }, ticks: { stroke: colour('line'), width: 1, size: 5 }
    };
    return Object.assign(base, overrides);
  }

  // Stretches lie under the lines; one narrower than two pixels is still seen. Moments are dashed lines.
  function drawMarks(marks) {
    return function (chart) {
      var context = chart.ctx, box = chart.bbox;
      context.save();
      marks.forEach(function (mark) {
        var from = Math.max(chart.valToPos(mark.from, 'x', true), box.left);
        if (mark.kind === 'change' || mark.kind === 'mark') {
          if (from > box.left + box.width) return;
          context.strokeStyle = colour('quiet');
          context.setLineDash([3 * devicePixelRatio, 3 * devicePixelRatio]);
          context.lineWidth = devicePixelRatio;
          context.beginPath(); context.moveTo(from, box.top); context.lineTo(from, box.top + box.height); context.stroke();
          return;
        }
        var to = mark.to === null ? box.left + box.width : chart.valToPos(mark.to, 'x', true);
        to = Math.min(Math.max(to, from + 2 * devicePixelRatio), box.left + box.width);
        context.fillStyle = colour('mark-' + mark.kind);
        if (to > from) context.fillRect(from, box.top, to - from, box.height);
      });
      context.restore();
    };
  }

  function upScale(plot) {
    if (plot.logarithmic) return { distr: 3, log: 10 };
    return { range: function (u, low, high) { return [0, high > 0 ? high * 1.1 : 1]; } };
  }

  function lineOf(plot) {
    return function (series) {
      var line = {
        label: series.label,
        stroke: colour(series.tone),
        width: 1.75,
        dash: series.dashed ? [6, 4] : undefined,
        points: { show: plot.axis === 'load' || plot.axis === 'count', size: series.dashed ? 5 : 8, fill: colour('page') },
        spanGaps: plot.axis === 'load',
        value: function (u, v) { return v === null || v === undefined ? '-' : short(v) + '\\u202f' + plot.unit; }
      };
      if (plot.axis === 'time' && plot.end !== null) line.paths = uPlot.paths.stepped({ align: 1 });
      return line;
    };
  }

  function columns(plot) {
    var held = plot.axis === 'time' && plot.end !== null;
    var values = plot.series.map(function (series) {
      // A logarithmic axis has no place for zero. The last figure holds until the end of its interval.
      var shown = plot.logarithmic ? series.values.map(function (v) { return v !== null && v <= 0 ? null : v; }) : series.values;
      return held ? shown.concat([shown[shown.length - 1]]) : shown;
    });
    return [held ? plot.positions.concat([plot.end]) : plot.positions].concat(values);
  }

  function base(axisName, holder, height) {
    var along = ALONG[axisName];
    var cursor = { drag: { x: axisName === 'time' || axisName === 'percentile', y: false }, points: { size: 7 } };
    if (axisName === 'time') cursor.sync = { key: 'time' };
    return {
      width: holder.clientWidth,
      height: height,
      cursor: cursor,
      padding: [10, 12, 0, 0],
      scales: { x: along.scale, y: {} },
      axes: [axis(along.steps ? { values: along.labels, size: 34, incrs: along.steps } : { values: along.labels, size: 34 }), axis({})],
      legend: { markers: { dash: function (u, index) { return u.series[index].dash ? 'dashed' : 'solid'; } } },
      series: [{ label: along.name, value: function (u, v) { return v === null ? '-' : along.format(v); } }],
      hooks: {}
    };
  }

  /** Draws a plot into an element; the caller destroys it before it draws again. */
  function draw(plot, holder, marks) {
    var options = base(plot.axis, holder, Math.max(200, Math.min(260, Math.round(holder.clientWidth * 0.5))));
    options.scales.y = upScale(plot);
    var label = withUnit(plot.unit);
    var all = function (u, splits) { return splits.map(function (v) { return v === null ? '' : label(v); }); };
    options.axes[1] = axis({ size: 66, values: plot.logarithmic ? decadesOnly(label) : all });
    options.series = options.series.concat(plot.series.map(lineOf(plot)));
    if (plot.axis === 'time') options.hooks.drawClear = [drawMarks(marks)];
    return new uPlot(options, columns(plot), holder);
  }

  return { axis: axis, base: base, colour: colour, columns: columns, decadesOnly: decadesOnly, draw: draw, drawMarks: drawMarks, elapsed: elapsed, short: short, timeLabels: timeLabels, withUnit: withUnit };
})();
`;

/** Redraws when colours or the width change; `draw` is the page's own function. Part of a script. */
export const REDRAW = `
  window.matchMedia('(prefers-color-scheme: dark)').addEventListener('change', draw);
  var width = window.innerWidth;
  window.addEventListener('resize', function () {
    if (window.innerWidth === width) return;
    width = window.innerWidth;
    draw();
  });
`;
