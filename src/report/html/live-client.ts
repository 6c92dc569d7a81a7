/** The script of the live page: server-sent events in, figures and plots out, at the end the report in its own place. */
export const LIVE_CLIENT_SCRIPT = `
(function () {
  'use strict';
  var POINTS_MAX = 1200;
  var rate = [[], [], []], response = [[], [], []];
  var charts = [];
  var dark = window.matchMedia('(prefers-color-scheme: dark)');

  function element(id) { return document.getElementById(id); }
  function colour(name) { return getComputedStyle(document.documentElement).getPropertyValue('--' + name).trim(); }
  function grouped(value) { return String(Math.round(value)).replace(/\\B(?=(\\d{3})+$)/g, ' '); }
  function short(value) {
    if (value === null || value === undefined) return '-';
    return String(Number(value.toFixed(value < 1 ? 3 : value < 10 ? 2 : 1)));
  }
  function length(seconds) {
    var whole = Math.max(0, Math.ceil(seconds));
    if (whole < 120) return whole + ' s';
    if (whole < 7200) return Math.floor(whole / 60) + ' min';
    return Math.floor(whole / 3600) + ' h ' + Math.floor(whole % 3600 / 60) + ' min';
  }

  function axis(overrides) {
    return Object.assign({ stroke: colour('quiet'), grid: { stroke: colour('line'), width: 1 }, ticks: { stroke: colour('line'), width: 1 } }, overrides);
  }
  function chart(id, unit, names, data) {
    var holder = element('plot-' + id);
    var tones = ['second', 'first'];
    return new uPlot({
      width: holder.clientWidth,
      height: 240,
      scales: { x: { time: false }, y: { range: function (u, low, high) { return [0, high > 0 ? high * 1.1 : 1]; } } },
      axes: [axis({ values: function (u, splits) { return splits.map(function (v) { return v + ' s'; }); } }), axis({ size: 64, values: function (u, splits) { return splits.map(function (v) { return v + ' ' + unit; }); } })],
      series: [{ label: 'time' }].concat(names.map(function (name, index) {
        return { label: name, stroke: colour(tones[index]), width: 2, dash: index === 0 ? [6, 4] : undefined, points: { show: false }, spanGaps: false };
      }))
    }, data, holder);
  }
  function draw() {
    charts.forEach(function (one) { one.destroy(); });
    charts = [chart('rate', '/s', ['offered', 'answered'], rate), chart('response', 'ms', ['mean', 'maximum'], response)];
  }

  function keep(sample) {
    var at = sample.elapsedSeconds, times = rate[0];
    if (times.length > 0 && at <= times[times.length - 1]) return;
    rate[0].push(at); rate[1].push(sample.offeredPerSecond); rate[2].push(sample.answeredPerSecond);
    response[0].push(at); response[1].push(sample.responseMeanMs); response[2].push(sample.responseMaxMs);
    if (times.length > POINTS_MAX) rate.concat(response).forEach(function (list) { list.shift(); });
  }
  function show(sample) {
    element('f-offered').textContent = grouped(sample.offeredPerSecond);
    element('f-answered').textContent = grouped(sample.answeredPerSecond);
    element('f-mean').textContent = short(sample.responseMeanMs);
    element('f-max').textContent = short(sample.responseMaxMs);
    ['succeeded', 'rejected', 'bad', 'inFlight'].forEach(function (name) { element('f-' + name).textContent = grouped(sample[name]); });
    element('f-left').textContent = sample.draining ? 'waiting' : length(sample.durationSeconds - sample.elapsedSeconds);
    element('progress').value = sample.durationSeconds > 0 ? sample.elapsedSeconds / sample.durationSeconds : 0;
    var state = element('state'), text = 'Running.';
    state.className = 'verdict ' + (sample.silentMs !== null ? 'outage' : sample.bad > 0 ? 'invalid' : 'good');
    if (sample.silentMs !== null) text = 'A target is silent for ' + grouped(sample.silentMs) + ' ms.';
    else if (sample.bad > 0) text = 'Running; ' + grouped(sample.bad) + ' requests failed.';
    if (element('headline').textContent !== text) element('headline').textContent = text;
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
    rate = [[], [], []]; response = [[], [], []];
    element('news').textContent = '';
    history.samples.forEach(keep);
    history.news.forEach(tell);
    draw();
  });
  source.addEventListener('progress', function (event) {
    var sample = JSON.parse(event.data);
    show(sample); keep(sample);
    if (charts.length > 0) { charts[0].setData(rate); charts[1].setData(response); }
  });
  source.addEventListener('news', function (event) { tell(JSON.parse(event.data)); });
  source.addEventListener('ended', function () {
    source.close();
    fetch('report').then(function (answer) { return answer.text(); }).then(function (html) {
      document.open(); document.write(html); document.close();
    });
  });
  source.onerror = function () { element('headline').textContent = 'The run cannot be reached any more.'; };
  dark.addEventListener('change', draw);
  var width = window.innerWidth;
  window.addEventListener('resize', function () { if (window.innerWidth !== width) { width = window.innerWidth; draw(); } });
})();
`;
