/* CareLoop 服务闭环 · charts.js: draws [data-chart] from the JSON block beside it, in the tokens of theme.css.
   Interval as a band, goal and breaks in method as lines; a point opens its cases. */
(function () {
  'use strict';
  const probe = document.createElement('i');
  probe.hidden = true;
  document.body.append(probe);
  const token = name => { probe.style.color = `var(${name})`; return getComputedStyle(probe).color; };
  const font = () => getComputedStyle(document.body).fontFamily;
  const drawn = new Map();

  function tokens() {
    return {
      ink: token('--cl-ink-2'), soft: token('--cl-ink-3'), line: token('--cl-line'), band: token('--cl-chart-band'), goal: token('--cl-chart-goal'),
      raised: token('--cl-raised'), edge: token('--cl-line-2'), text: token('--cl-ink'), surface: token('--cl-surface'),
      series: [1, 2, 3, 4, 5].map(index => token(`--cl-chart-${index}`)),
    };
  }
  const shown = value => value === null || value === undefined ? '–' : String(value);
  function tip(lines) {   // elements, not markup: a strict policy takes no inline style
    const box = document.createElement('div');
    box.className = 'cl-chart-tip';
    lines.filter(Boolean).forEach(([text, soft], index) => {
      const row = document.createElement(index ? 'div' : 'b');
      row.textContent = text;
      if (soft) { const more = document.createElement('span'); more.textContent = ` ${soft}`; row.append(more); }
      box.append(row);
    });
    return box;
  }
  const axis = t => ({
    axisLine: { lineStyle: { color: t.line } }, axisTick: { show: false }, splitLine: { lineStyle: { color: t.line } },
    axisLabel: { color: t.soft, fontSize: 12, hideOverlap: true }, nameTextStyle: { color: t.soft, fontSize: 12 },
  });
  function marks(spec, t) {
    const data = [];
    const start = spec.series?.[0]?.data[0] ?? null, above = start !== null && start >= spec.goal?.value;   // the label keeps clear of the line
    if (spec.goal) data.push({ yAxis: spec.goal.value, lineStyle: { color: t.goal, type: 'dashed' }, label: { formatter: spec.goal.label, color: t.goal, position: above ? 'insideStartBottom' : 'insideStartTop', fontSize: 12 } });
    (spec.breaks || []).forEach(cut => data.push({ xAxis: cut.x, lineStyle: { color: t.soft, type: 'dotted' }, label: { formatter: cut.label, color: t.soft, position: 'end', fontSize: 12 } }));
    return { symbol: 'none', silent: true, animation: false, data };
  }
  function series(spec, t) {
    const all = [];
    spec.series.forEach((one, index) => {
      const color = t.series[index % t.series.length];
      if (one.low && one.high) {
        const hidden = { type: 'line', stack: `ci${index}`, symbol: 'none', silent: true, lineStyle: { opacity: 0 }, tooltip: { show: false }, emphasis: { disabled: true } };
        all.push({ ...hidden, name: `${one.name} `, data: one.low });
        all.push({ ...hidden, name: `${one.name}  `, data: one.high.map((high, at) => high === null || one.low[at] === null ? null : high - one.low[at]), areaStyle: { color: index ? color : t.band, opacity: index ? .16 : 1 } });
      }
      all.push({
        name: one.name, type: spec.kind === 'bar' ? 'bar' : 'line', data: one.data, color, barMaxWidth: 36, symbol: 'circle', symbolSize: 8, z: 5,
        itemStyle: spec.kind === 'bar' ? { borderRadius: [3, 3, 0, 0] } : { color: t.surface, borderColor: color, borderWidth: 2 },
        lineStyle: { width: 2, color }, connectNulls: false, cursor: one.urls ? 'pointer' : 'default', emphasis: { scale: 1.3, itemStyle: { color, borderColor: color } },
        markLine: index ? undefined : marks(spec, t),
      });
    });
    return all;
  }
  function lines_of(spec, at) {
    const unit = spec.unit || '';
    return [[spec.x[at]], ...spec.series.flatMap(one => [
      [`${spec.series.length > 1 ? `${one.name} ` : ''}${shown(one.data[at])}${one.data[at] === null ? '' : unit}`, one.n ? `n = ${shown(one.n[at])}` : ''],
      one.low && one.low[at] !== null ? [`${one.low[at]} – ${one.high[at]}`, spec.interval_label || ''] : null,
    ])];
  }
  const counts = spec => spec.series.every(one => one.data.every(value => value === null || Number.isInteger(value)));   // no half requests on the axis
  function xy(spec, t) {
    const many = spec.series.length > 1;
    return {
      grid: { left: 44, right: 20, top: many ? 44 : 28, bottom: spec.zoom ? 64 : 30 },
      legend: many ? { top: 0, left: 0, data: spec.series.map(one => one.name), textStyle: { color: t.ink, fontSize: 12 }, itemWidth: 14, itemHeight: 8, icon: 'roundRect' } : undefined,
      xAxis: { type: 'category', data: spec.x, boundaryGap: spec.kind === 'bar', ...axis(t), splitLine: { show: false } },
      yAxis: { type: 'value', min: spec.y_min ?? undefined, max: spec.y_max ?? undefined, interval: spec.y_step ?? undefined, minInterval: counts(spec) ? 1 : 0, scale: spec.kind !== 'bar', ...axis(t) },
      dataZoom: spec.zoom ? [{ type: 'inside' }, { type: 'slider', height: 22, bottom: 8, borderColor: t.line, fillerColor: t.band, textStyle: { color: t.soft } }] : undefined,
      tooltip: { trigger: 'axis', formatter: params => tip(lines_of(spec, params[0].dataIndex)) },
      series: series(spec, t),
    };
  }
  // Where the name of each point stands: above, below or beside it, wherever it covers nothing that is there already.
  function places(spec, box) {
    const [left, top, right, bottom] = [44, 34, 48, 34], width = box.clientWidth - left - right, height = box.clientHeight - top - bottom;
    const wide = name => [...name].reduce((sum, char) => sum + (char > '\u2e80' ? 12 : 6.6), 0);
    const at = point => [left + (point.x - spec.x_min) / (spec.x_max - spec.x_min) * width, top + (spec.y_max - point.y) / (spec.y_max - spec.y_min) * height];
    const taken = spec.points.map(point => { const [x, y] = at(point); return [x - 7, y - 7, x + 7, y + 7]; });
    (spec.cross && spec.quadrants || []).forEach((name, index) => {
      const x = index % 2 ? left + width - wide(name) - 8 : left, y = index < 2 ? top : top + height - 24;
      taken.push([x, y, x + wide(name) + 8, y + 24]);
    });
    return spec.points.map(point => {
      const [x, y] = at(point), half = wide(point.name) / 2;
      const rooms = {
        top: [x - half, y - 26, x + half, y - 8], bottom: [x - half, y + 8, x + half, y + 26],
        right: [x + 9, y - 9, x + 9 + half * 2, y + 9], left: [x - 9 - half * 2, y - 9, x - 9, y + 9],
      };
      const overlap = room => taken.reduce((sum, one) => sum + Math.max(0, Math.min(room[2], one[2]) - Math.max(room[0], one[0])) * Math.max(0, Math.min(room[3], one[3]) - Math.max(room[1], one[1])), 0)
        + Math.max(0, -room[0], room[2] - box.clientWidth) * 100;
      const best = Object.keys(rooms).reduce((found, name) => overlap(rooms[name]) < overlap(rooms[found]) ? name : found);
      taken.push(rooms[best]);
      return best;
    });
  }
  function scatter(spec, t, box) {
    const where = places(spec, box), cross = spec.cross, [x0, x1, y0, y1] = [spec.x_min, spec.x_max, spec.y_min, spec.y_max];
    const corner = (name, from, to, position) => [{ name, xAxis: from[0], yAxis: from[1], label: { position } }, { xAxis: to[0], yAxis: to[1] }];
    const areas = cross && spec.quadrants ? [
      corner(spec.quadrants[0], [x0, cross.y], [cross.x, y1], 'insideTopLeft'), corner(spec.quadrants[1], [cross.x, cross.y], [x1, y1], 'insideTopRight'),
      corner(spec.quadrants[2], [x0, y0], [cross.x, cross.y], 'insideBottomLeft'), corner(spec.quadrants[3], [cross.x, y0], [x1, cross.y], 'insideBottomRight'),
    ] : [];
    return {
      grid: { left: 44, right: 48, top: 34, bottom: 34 },
      xAxis: { name: spec.x_name, min: x0, max: x1, ...axis(t) }, yAxis: { name: spec.y_name, min: y0, max: y1, ...axis(t) },
      tooltip: { trigger: 'item', formatter: hit => tip([[hit.name], [`${spec.x_name} ${hit.value[0]}`], [`${spec.y_name} ${hit.value[1]}`]]) },
      series: [{
        type: 'scatter', color: t.series[0], symbolSize: 12, data: spec.points.map((point, index) => ({ name: point.name, value: [point.x, point.y], label: { position: where[index] } })), cursor: 'pointer',
        label: { show: true, formatter: '{b}', position: 'top', color: t.ink, fontSize: 12 }, labelLayout: { hideOverlap: true },
        markLine: cross ? { symbol: 'none', silent: true, lineStyle: { color: t.soft, type: 'dashed' }, label: { show: false }, data: [{ xAxis: cross.x }, { yAxis: cross.y }] } : undefined,
        markArea: { silent: true, itemStyle: { color: 'transparent' }, label: { color: t.soft, fontSize: 12 }, data: areas },
      }],
    };
  }
  function option(spec, box) {
    const t = tokens(), base = { animation: false, textStyle: { fontFamily: font(), color: t.ink }, ...(spec.kind === 'scatter' ? scatter(spec, t, box) : xy(spec, t)) };
    base.tooltip = { ...base.tooltip, confine: true, backgroundColor: t.raised, borderColor: t.edge, borderWidth: 1, padding: [8, 12], textStyle: { color: t.text, fontSize: 12 }, axisPointer: { lineStyle: { color: t.edge } } };
    return base;
  }
  function draw(box) {
    const spec = JSON.parse(document.getElementById(box.dataset.chart).textContent);
    const chart = window.echarts.getInstanceByDom(box) || window.echarts.init(box, null, { renderer: 'svg' });
    chart.setOption(option(spec, box), true);
    if (drawn.has(box)) return;
    drawn.set(box, chart);
    new ResizeObserver(() => chart.resize()).observe(box);
    chart.on('click', hit => {
      const url = spec.kind === 'scatter' ? spec.points[hit.dataIndex]?.url : spec.series.find(one => one.name === hit.seriesName)?.urls?.[hit.dataIndex];
      if (url) location.assign(url);
    });
  }
  window.clCharts = from => from.querySelectorAll('[data-chart]').forEach(draw);
  document.addEventListener('cl:theme', () => drawn.forEach((chart, box) => box.isConnected ? draw(box) : drawn.delete(box)));
})();
