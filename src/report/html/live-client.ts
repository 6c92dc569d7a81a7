import { REDRAW } from './plot-tools.js';

/** The script of the live page: server-sent events in, figures and plots out, at the end the report in its own place. */
export const LIVE_CLIENT_SCRIPT = `
(function () {
  'use strict';
  var POINTS_MAX = 1200;
  var samples = [], intervals = [], marks = [], charts = [];

  function element(id) { return document.getElementById(id); }
  function put(id, text) { if (element(id).textContent !== text) element(id).textContent = text; }
  function grouped(value) { return String(Math.round(value)).replace(/\\B(?=(\\d{3})+$)/g, '\\u202f'); }
  function length(seconds) {
    var whole = Math.max(0, Math.ceil(seconds));
    if (whole < 120) return whole + ' s';
    if (whole < 7200) return Math.floor(whole / 60) + ' min';
    return Math.floor(whole / 3600) + ' h ' + Math.floor(whole % 3600 / 60) + ' min';
  }

  function pick(list, name) { return list.map(function (entry) { return entry[name]; }); }
  function plots() {
    return [
      { id: 'rate', unit: '/s', axis: 'time', logarithmic: false, end: null, positions: pick(samples, 'elapsedSeconds'), series: [
        { label: 'asked', tone: 'third', values: pick(samples, 'askedPerSecond') },
        { label: 'offered', tone: 'second', dashed: true, values: pick(samples, 'offeredPerSecond') },
        { label: 'answered', tone: 'first', values: pick(samples, 'answeredPerSecond') }] },
      { id: 'response', unit: 'ms', axis: 'time', logarithmic: true, end: null, positions: pick(samples, 'elapsedSeconds'), series: [
        { label: 'mean', tone: 'first', values: pick(samples, 'responseMeanMs') },
        { label: 'maximum', tone: 'bad', values: pick(samples, 'responseMaxMs') }] },
      { id: 'percentiles', unit: 'ms', axis: 'time', logarithmic: true, end: null, positions: pick(intervals, 'elapsedSeconds'), series: [
        { label: 'p50', tone: 'second', values: pick(intervals, 'p50') },
        { label: 'p99', tone: 'first', values: pick(intervals, 'p99') },
        { label: 'maximum', tone: 'bad', values: pick(intervals, 'max') }] }
    ];
  }
  function draw() {
    charts.forEach(function (one) { one.destroy(); });
    charts = plots().map(function (plot) { return plotTools.draw(plot, element('plot-' + plot.id), marks); });
  }
  function refresh() {
    if (charts.length === 0) return;
    plots().forEach(function (plot, index) { charts[index].setData(plotTools.columns(plot)); });
  }

  function keep(list, entry) {
    if (list.length > 0 && entry.elapsedSeconds <= list[list.length - 1].elapsedSeconds) return;
    list.push(entry);
    if (list.length > POINTS_MAX) list.shift();
  }
  function stateOf(sample) {
    if (sample.silentMs !== null) return ['outage', 'A target is silent for ' + grouped(sample.silentMs) + ' ms.'];
    if (sample.paused) return ['outage', 'Paused by the user: no load is offered.'];
    if (sample.bad > 0) return ['invalid', 'Running; ' + grouped(sample.bad) + ' requests failed.'];
    return ['good', sample.draining ? 'Waiting for the last answers.' : 'Running.'];
  }
  function show(sample) {
    ['askedPerSecond', 'offeredPerSecond', 'answeredPerSecond', 'succeeded', 'rejected', 'bad', 'inFlight'].forEach(function (name) { put('f-' + name, grouped(sample[name])); });
    put('f-mean', plotTools.short(sample.responseMeanMs));
    put('f-max', plotTools.short(sample.responseMaxMs));
    put('f-left', sample.draining ? 'waiting' : length(sample.durationSeconds - sample.elapsedSeconds));
    put('f-workers', sample.workersCpuPercent.map(function (share) { return Math.round(share); }).join(', ') + ' %');
    put('f-host', sample.hostBusyPercent === null ? '-' : Math.round(sample.hostBusyPercent) + ' %');
    element('progress').value = sample.durationSeconds > 0 ? sample.elapsedSeconds / sample.durationSeconds : 0;
    var state = stateOf(sample);
    element('state').className = 'verdict ' + state[0];
    put('headline', state[1]);
  }
  function showTotals(totals) {
    ['p50', 'p99', 'p999'].forEach(function (name) { put('f-' + name, plotTools.short(totals[name])); });
    put('f-outages', grouped(totals.outages));
    put('f-associations', totals.associationsActive + ' of ' + totals.associations);
  }
  function tell(news) {
    var line = document.createElement('li'), time = document.createElement('time');
    time.textContent = news.at.slice(11, 23);
    line.append(time, news.text);
    element('news').prepend(line);
    while (element('news').children.length > 200) element('news').lastChild.remove();
  }

  var source = new EventSource('events');
  source.addEventListener('history', function (event) {
    var history = JSON.parse(event.data);
    samples = []; intervals = [];
    element('news').textContent = '';
    history.samples.forEach(function (sample) { keep(samples, sample); });
    history.intervals.forEach(function (interval) { keep(intervals, interval); });
    history.news.forEach(tell);
    showTotals(history.totals);
    draw();
  });
  source.addEventListener('progress', function (event) {
    var sample = JSON.parse(event.data);
    show(sample); keep(samples, sample); refresh();
  });
  source.addEventListener('interval', function (event) {
    var interval = JSON.parse(event.data);
    if (interval.point !== null) keep(intervals, interval.point);
    showTotals(interval.totals);
  });
  source.addEventListener('news', function (event) { tell(JSON.parse(event.data)); });
  source.addEventListener('ended', function () {
    source.close();
    fetch('report').then(function (answer) { return answer.text(); }).then(function (html) {
      document.open(); document.write(html); document.close();
    });
  });
  source.onerror = function () { put('headline', 'The run cannot be reached any more.'); };

  document.querySelectorAll('[data-steer]').forEach(function (button) {
    button.addEventListener('click', function () {
      fetch('steer', { method: 'POST', headers: { 'content-type': 'text/plain', 'x-busyhour': document.body.dataset.token }, body: button.dataset.steer })
        .then(function (answer) { return answer.ok ? '' : answer.text(); })
        .then(function (text) { put('steered', text); }, function () { put('steered', 'The run cannot be reached.'); });
    });
  });
${REDRAW}
})();
`;
