import { REDRAW } from './plot-tools.js';

/**
 * The script of every report page. It runs in a browser after uPlot and the plot tools, reads the page's data element and draws; without it the
 * page still holds the verdict, every table and the text alternative of each plot. It fetches nothing.
 */
export const CLIENT_SCRIPT = `
(function () {
  'use strict';
  var data = JSON.parse(document.getElementById('plot-data').textContent);
  var charts = [];

  // A run's time axis can be moved by buttons, because a mouse is not everybody's.
  function timeCharts() { return charts.filter(function (entry) { return entry.axis === 'time'; }); }
  function wholeRange() {
    var times = data.plots.filter(function (plot) { return plot.axis === 'time'; });
    if (times.length === 0) return null;
    return [times[0].positions[0], times[0].end];
  }
  function show(from, to) {
    timeCharts().forEach(function (entry) { entry.chart.setScale('x', { min: from, max: to }); });
  }
  function move(name) {
    var whole = wholeRange(), first = timeCharts()[0];
    if (whole === null || first === undefined) return;
    var scale = first.chart.scales.x, length = scale.max - scale.min, middle = (scale.min + scale.max) / 2;
    if (name === 'all') { show(whole[0], whole[1]); return; }
    if (name === 'in') length /= 2;
    if (name === 'out') length = Math.min(length * 2, whole[1] - whole[0]);
    if (name === 'earlier') middle -= length / 2;
    if (name === 'later') middle += length / 2;
    var from = Math.max(whole[0], Math.min(middle - length / 2, whole[1] - length));
    show(from, from + length);
  }
  document.querySelectorAll('[data-zoom]').forEach(function (button) {
    button.addEventListener('click', function () { move(button.dataset.zoom); });
  });
  document.querySelectorAll('[data-from]').forEach(function (button) {
    button.addEventListener('click', function () {
      show(Number(button.dataset.from), Number(button.dataset.to));
      document.getElementById('over-time').scrollIntoView();
    });
  });
  document.querySelectorAll('.needs-script').forEach(function (element) { element.hidden = false; });

  function ramp() {
    return [0, 1, 2, 3, 4].map(function (index) { return plotTools.colour('heat-' + index).split(',').map(Number); });
  }
  function shade(stops, share) {
    var at = Math.max(0, Math.min(1, share)) * (stops.length - 1), low = Math.min(stops.length - 2, Math.floor(at)), rest = at - low;
    return 'rgb(' + stops[low].map(function (part, index) { return Math.round(part + (stops[low + 1][index] - part) * rest); }).join(',') + ')';
  }
  function edge(heat, row) { return heat.floorMs * Math.pow(10, row / heat.rowsPerDecade); }

  function drawCells(heat, most) {
    var stops = ramp();
    return function (chart) {
      var context = chart.ctx, box = chart.bbox;
      context.save();
      context.beginPath(); context.rect(box.left, box.top, box.width, box.height); context.clip();
      heat.columns.forEach(function (column) {
        var left = Math.floor(chart.valToPos(column[0], 'x', true)), right = Math.ceil(chart.valToPos(column[1], 'x', true));
        column[3].forEach(function (count, index) {
          if (count === 0) return;
          var row = column[2] + index;
          var top = Math.floor(chart.valToPos(edge(heat, row + 1), 'y', true)), bottom = Math.ceil(chart.valToPos(edge(heat, row), 'y', true));
          context.fillStyle = shade(stops, most > 1 ? Math.log(count) / Math.log(most) : 1);
          context.fillRect(left, top, Math.max(1, right - left), Math.max(1, bottom - top));
        });
      });
      context.restore();
    };
  }

  function readHeat(heat, output) {
    return function (chart) {
      var left = chart.cursor.left, top = chart.cursor.top;
      if (left === undefined || left < 0) { output.textContent = ''; return; }
      var at = chart.posToVal(left, 'x'), ms = chart.posToVal(top, 'y');
      var row = Math.floor(Math.log10(ms / heat.floorMs) * heat.rowsPerDecade + 1e-9);
      var column = heat.columns.find(function (one) { return one[0] <= at && at < one[1]; });
      if (column === undefined) { output.textContent = ''; return; }
      var count = column[3][row - column[2]] || 0;
      output.textContent = plotTools.elapsed(column[0]) + ' to ' + plotTools.elapsed(column[1]) + ', ' + plotTools.short(edge(heat, row)) + ' to ' +
        plotTools.short(edge(heat, row + 1)) + ' ms: ' + plotTools.short(count) + ' answers';
    };
  }

  function drawHeat(heat, holder) {
    var rows = heat.columns.filter(function (column) { return column[3].length > 0; });
    var low = Math.min.apply(null, rows.map(function (column) { return column[2]; }));
    var high = Math.max.apply(null, rows.map(function (column) { return column[2] + column[3].length; }));
    var most = Math.max.apply(null, rows.map(function (column) { return Math.max.apply(null, column[3]); }));
    var options = plotTools.base('time', holder, 300);
    var last = heat.columns[heat.columns.length - 1];
    options.scales.y = { distr: 3, log: 10, range: [edge(heat, low - 1), edge(heat, high + 1)] };
    options.axes[1] = plotTools.axis({ size: 66, values: plotTools.decadesOnly(plotTools.withUnit('ms')) });
    // The cells are a grid already.
    options.axes.forEach(function (one) { one.grid = { show: false }; });
    options.series.push({ label: 'answers', show: true, points: { show: false } });
    options.legend = { show: false };
    options.hooks = { drawClear: [drawCells(heat, most)], setCursor: [readHeat(heat, document.getElementById('heat-readout'))] };
    return new uPlot(options, [heat.columns.map(function (column) { return column[0]; }).concat([last[1]]), heat.columns.map(function () { return null; }).concat([null])], holder);
  }

  function draw() {
    charts.forEach(function (entry) { entry.chart.destroy(); });
    charts = data.plots.map(function (plot) {
      return { axis: plot.axis, chart: plotTools.draw(plot, document.getElementById('plot-' + plot.id), data.marks) };
    });
    if (data.heat !== null) charts.push({ axis: 'time', chart: drawHeat(data.heat, document.getElementById('plot-heat')) });
  }

  draw();
${REDRAW}
})();
`;
