// What a page adds where scripts run: numbers under the pointer, tables that sort, one map at a time, and charts of all
// evaluations. It reads data from attributes, writes them as text, and asks for nothing from elsewhere.
"use strict";
const all = (what, where = document) => [...where.querySelectorAll(what)];
const number = (value) => {
  if (typeof value !== "number") return String(value ?? "–");
  const short = Number(value.toPrecision(5));
  return short && Math.abs(short) < 1e-3 ? short.toExponential() : String(short);
};
const inside = (value, [one, other]) => Math.min(one, other) <= value && value <= Math.max(one, other);

function element(name, words = "", more = {}) {
  const made = document.createElement(name);
  made.textContent = words;
  return Object.assign(made, more);
}

// A choice among texts, with its label before it.
function choice(words, texts, start, onchange) {
  const select = element("select", "", { onchange });
  texts.forEach((text, i) => select.append(element("option", text, { value: i, selected: i === start })));
  const label = element("label", `${words} `);
  label.append(select);
  return [label, select];
}

// ---- Numbers under the pointer ----------------------------------------------------------------------------------------
const REACH = 14; // points of the figure
const tip = document.body.appendChild(element("div", "", { className: "tip", hidden: true }));

function placesOf({ box: [left, top, width, height], x, y }) {
  const share = (axis, value) => {
    const on = axis.log ? Math.log : Number;
    return (on(value) - on(axis.ends[0])) / (on(axis.ends[1]) - on(axis.ends[0]));
  };
  return [(value) => left + width * share(x, value), (value) => top + height * (1 - share(y, value))];
}

const told = (axis, value) => `${axis.label || "value"}: ${axis.names?.[value.toFixed(1)] ?? number(value)}`;

function nearestPoint(panel, [x, y]) {
  let least = REACH ** 2, found = null;
  for (const mark of panel.marks.filter((one) => !one.values)) {
    mark.x.forEach((value, i) => {
      const far = (panel.across(value) - x) ** 2 + (panel.up(mark.y[i]) - y) ** 2;
      if (far < least) [least, found] = [far, [mark.label, mark.names?.[i], told(panel.x, value), told(panel.y, mark.y[i])]];
    });
  }
  return found;
}

function cellOf(panel, [x, y]) {
  const map = panel.marks.find((mark) => mark.values);
  if (!map) return null;
  const cell = (edges, at, value) => edges.slice(1).findIndex((end, i) => inside(value, [at(edges[i]), at(end)]));
  const column = cell(map.x, panel.across, x), row = cell(map.y, panel.up, y);
  if (column < 0 || row < 0) return null;
  const place = row * (map.x.length - 1) + column, value = map.values[place];
  const middle = (edges, i) => (edges[i] + edges[i + 1]) / 2;
  return [map.names?.[place], value === null ? "not known" : `${map.label}: ${number(value)}`, told(panel.x, middle(map.x, column)), told(panel.y, middle(map.y, row))];
}

function tellNumbers(svg) {
  const { names, panels } = JSON.parse(svg.dataset.hover);
  for (const panel of panels) {
    [panel.across, panel.up] = placesOf(panel);
    for (const mark of panel.marks) mark.names = names[mark.names];
  }
  svg.addEventListener("pointerleave", () => { tip.hidden = true; });
  svg.addEventListener("pointermove", (event) => {
    const { x, y } = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
    const within = panels.filter(({ box: [left, top, width, height] }) =>
      inside(x, [left - REACH, left + width + REACH]) && inside(y, [top - REACH, top + height + REACH]));
    const lines = within.map((panel) => {
      const point = nearestPoint(panel, [x, y]), cell = cellOf(panel, [x, y]);
      return point && cell ? [...point, cell[1]] : point ?? cell;
    }).find(Boolean);
    tip.hidden = !lines;
    if (!lines) return;
    tip.textContent = lines.filter(Boolean).join("\n");
    tip.style.left = `${Math.max(4, Math.min(event.clientX + 12, document.documentElement.clientWidth - tip.offsetWidth - 4))}px`;
    tip.style.top = `${event.clientY + 16 + tip.offsetHeight < innerHeight ? event.clientY + 16 : event.clientY - tip.offsetHeight - 12}px`;
  });
}

// ---- Tables -----------------------------------------------------------------------------------------------------------
const UNITS = { T: 1e12, G: 1e9, M: 1e6, k: 1e3, m: 1e-3, "µ": 1e-6, n: 1e-9, p: 1e-12, f: 1e-15, h: 3600, min: 60 };

// The number that a cell begins with, in its base unit; null for words.
function worth(text) {
  const found = /^'?([-+]?[\d.\u202f]+(?:e[-+]?\d+)?)\s*(?:(h|min)\b|([TGMkmµnpf])(?:s|V|A|W|J|B|Hz|F)\b)?/.exec(text.trim());
  return found && Number(found[1].replace(/\u202f/g, "")) * (UNITS[found[2] ?? found[3]] ?? 1);
}

function makeSortable(table) {
  const heads = all("th", table), body = table.tBodies[0];
  if (!body || body.rows.length < 2) return;
  heads.forEach((head, column) => {
    const sort = () => {
      const down = head.ariaSort === "ascending";
      for (const other of heads) other.ariaSort = null;
      head.ariaSort = down ? "descending" : "ascending";
      const text = (row) => row.cells[column].textContent;
      const order = (one, other) => (worth(text(one)) ?? Infinity) - (worth(text(other)) ?? Infinity) || text(one).localeCompare(text(other));
      body.append(...[...body.rows].sort((one, other) => (down ? order(other, one) : order(one, other))));
    };
    Object.assign(head, { tabIndex: 0, title: "Sort", onclick: sort, onkeydown: (event) => { if (event.key === "Enter") sort(); } });
  });
}

// ---- One of several maps at a time -------------------------------------------------------------------------------------
function chooseMap(maps) {
  const show = (which) => maps.forEach((map, i) => { map.hidden = i !== which; });
  const [label, select] = choice("Map of", maps.map((map) => map.querySelector("h3").textContent.replace(/^.*?: /, "")), 0, () => show(Number(select.value)));
  maps[0].before(element("p", "", { className: "choose" }));
  maps[0].previousElementSibling.append(label);
  show(0);
}

// ---- All evaluations: any two columns as a map, and every column in parallel --------------------------------------------
const PADDING = 12, FEW = 8;

function explore(home) {
  const { names, columns, accuracy } = JSON.parse(home.dataset.explore);
  const rows = names.map((name, i) => ({ name, i })), fromWorst = [...rows].reverse();
  const value = (column) => (row) => columns[column].values[row.i];
  const isChoice = (column) => typeof columns[column].values[0] === "string";
  const words = (row) => [row.name, ...columns.map(({ label, values }) => `${label}: ${number(values[row.i])}`)].join("\n");
  const labels = columns.map(({ label }) => label);
  const room = (chart) => chart.clientWidth - 2 * PADDING;
  home.hidden = false;
  const choices = element("p", "", { className: "choose" }), map = element("div", "", { className: "chart" });
  const starts = [0, columns.length > 2 && accuracy > 1 ? 1 : accuracy, accuracy];
  const selects = ["Across", "up", "colour"].map((word, i) => {
    const [label, select] = choice(word, labels, starts[i], drawMap);
    choices.append(label);
    return select;
  });
  const said = element("p", "", { className: "said", ariaLive: "polite" }), lines = element("div", "", { className: "chart" });
  home.append(choices, map, element("h4", "All columns in parallel: drag along an axis to keep what lies there"), lines, said);

  function drawMap() {
    const [x, y, colour] = selects.map((select) => Number(select.value));
    const axis = (column) => ({ label: labels[column], grid: true, type: isChoice(column) ? "point" : columns[column].log ? "log" : "linear", tickFormat: isChoice(column) ? undefined : "~g" });
    const at = { x: value(x), y: value(y) };
    map.replaceChildren(Plot.plot({
      width: Math.max(280, Math.min(room(map), 860)), height: 420, marginLeft: 64, marginBottom: 44, inset: 8, style: { fontSize: "12px" },
      x: axis(x), y: axis(y), color: { legend: true, label: labels[colour], ...(isChoice(colour) ? {} : { scheme: "viridis" }) },
      marks: [
        Plot.dot(fromWorst, { ...at, fill: value(colour), r: 4, stroke: "currentColor", strokeWidth: 0.3 }),
        Plot.dot(rows.slice(0, 1), { ...at, symbol: "star", r: 8, fill: "#D55E00", stroke: "currentColor" }),
        Plot.tip(rows, Plot.pointer({ ...at, title: words, fontSize: 12 })),
      ],
    }));
  }

  function drawLines() {
    const axes = columns.map(({ values, log }, i) => {
      const texts = isChoice(i) ? [...new Set(values)].sort() : null;
      const known = values.filter((one) => one !== null), on = log ? Math.log : Number;
      const [least, most] = texts ? [0, texts.length - 1] : d3.extent(known, on);
      const share = (one) => (most === least ? 0.5 : (one - least) / (most - least));
      const steps = !log && most - least <= FEW && known.every(Number.isInteger) ? d3.range(least, most + 1) : d3.range(least, most, (most - least) / 4).concat(most);
      const text = (one) => number(Number((log ? Math.exp : Number)(one).toPrecision(3)));
      return {
        at: (one) => (one === null ? NaN : share(texts ? texts.indexOf(one) : on(one))),
        ticks: texts ? texts.map((one, k) => [share(k), one]) : steps.map((one) => [share(one), text(one)]),
      };
    });
    const tidy = fromWorst.flatMap((row) => axes.map(({ at }, axis) => ({ axis, row, at: at(columns[axis].values[row.i]) })));
    const ticks = axes.flatMap((one, axis) => one.ticks.map(([at, text]) => ({ axis, at, text })));
    const top = 76, height = 400, bottom = height - 20;
    const plot = Plot.plot({
      width: Math.max(room(lines), 96 * columns.length), height, marginTop: top, marginBottom: height - bottom, marginLeft: 36, marginRight: 60,
      style: { fontSize: "12px" }, x: { domain: [0, columns.length - 1], axis: null }, y: { domain: [0, 1], axis: null }, color: { scheme: "viridis" },
      marks: [
        Plot.line(tidy, { x: "axis", y: "at", z: (one) => one.row.i, stroke: (one) => columns[accuracy].values[one.row.i], strokeWidth: 1.2 }),
        Plot.ruleX(axes, { x: (_, i) => i }),
        Plot.text(ticks, { x: "axis", y: "at", text: "text", dx: 5, textAnchor: "start", fill: "currentColor", stroke: "var(--card)", strokeWidth: 4 }),
        Plot.text(labels, { x: (_, i) => i, y: 1, dy: -14, lineAnchor: "bottom", text: (label) => label.replaceAll(".", ".\n"), lineWidth: 7, fontWeight: 600 }),
      ],
    });
    lines.replaceChildren(plot);
    const paths = d3.select(plot).select("g[aria-label=line]").selectAll("path"), kept = new Map();
    const [x, y] = [plot.scale("x"), plot.scale("y")];
    const show = () => {
      const holds = (row) => [...kept].every(([axis, ends]) => inside(axes[axis].at(columns[axis].values[row.i]), ends));
      const left = rows.filter(holds);
      paths.attr("stroke-opacity", (at) => (holds(tidy[at[0]].row) ? (kept.size ? 0.9 : 0.6) : 0.04));
      said.textContent = `${left.length} of ${rows.length} evaluations.` + (left.length ? ` The best of them:\n${words(left[0])}` : "");
    };
    axes.forEach((_, axis) => {
      const brush = d3.brushY().extent([[x.apply(axis) - 14, top], [x.apply(axis) + 14, bottom]]).on("brush end", ({ selection }) => {
        if (selection) kept.set(axis, selection.map(y.invert)); else kept.delete(axis);
        show();
      });
      d3.select(plot).append("g").attr("class", "brush").call(brush);
    });
    show();
  }

  drawMap();
  drawLines();
  let wait;
  addEventListener("resize", () => { clearTimeout(wait); wait = setTimeout(() => { drawMap(); drawLines(); }, 200); });
}

all("svg[data-hover]").forEach(tellNumbers);
all("table").forEach(makeSortable);
all(".scroll").forEach((box) => box.classList.toggle("wide", box.scrollWidth > box.clientWidth));
for (const article of all("article")) {
  const maps = all("[data-panel^=range_map_]", article);
  if (maps.length > 1) chooseMap(maps);
}
all("[data-explore]").forEach(explore);
