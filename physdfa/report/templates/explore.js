// The charts of all evaluations: any two columns as a map, and every column in parallel. Drawn when they come into view.
"use strict";
const PADDING = 12, FEW = 8, NEAR = "300px", STEP = 0.02;

// Call once, as soon as an element is in the window or near it.
function whenSeen(place, call) {
  const observer = new IntersectionObserver((seen) => {
    if (!seen.some((one) => one.isIntersecting)) return;
    observer.disconnect();
    call();
  }, { rootMargin: NEAR });
  observer.observe(place);
}

// A label in lines that fit between two axes: after each point, and inside a long name.
const broken = (label) => label.replaceAll(".", ".\n").replace(/([a-z]{6,}_)(?=\w{5,})/g, "$1\n");

// A column as an axis from 0 to 1: where a value lies on it, which value lies at a share of it, and its ticks.
function axisOf({ values, log }) {
  const texts = typeof values[0] === "string" ? [...new Set(values)].sort() : null;
  const [on, back] = log ? [Math.log, Math.exp] : [Number, Number];
  const known = values.filter((one) => one !== null);
  const [least, most] = texts ? [0, texts.length - 1] : d3.extent(known, on);
  const share = (one) => (most === least ? 0.5 : (one - least) / (most - least));
  const steps = !log && most - least <= FEW && known.every(Number.isInteger) ? d3.range(least, most + 1) : d3.range(least, most, (most - least) / 4).concat(most);
  const text = (one, digits) => number(Number(back(one).toPrecision(digits)));
  return {
    texts,
    at: (one) => (one === null ? NaN : share(texts ? texts.indexOf(one) : on(one))),
    said: (at) => (texts ? texts[Math.round(at * most)] : text(least + at * (most - least), 5)),
    ticks: texts ? texts.map((one, k) => [share(k), one]) : steps.map((one) => [share(one), text(one, 3)]),
  };
}

function explore(home) {
  const { names, columns, accuracy } = JSON.parse(home.dataset.explore);
  const rows = names.map((name, i) => ({ name, i })), fromWorst = [...rows].reverse();
  const value = (column) => (row) => columns[column].values[row.i];
  const isChoice = (column) => typeof columns[column].values[0] === "string";
  const words = (row) => [row.name, ...columns.map(({ label, values }) => `${label}: ${number(values[row.i])}`)].join("\n");
  const labels = columns.map(({ label }) => label), axes = columns.map(axisOf);
  const room = (chart) => chart.clientWidth - 2 * PADDING;
  const choices = element("p", "", { className: "choose" }), map = element("div", "", { className: "chart" });
  const starts = [0, columns.length > 2 && accuracy > 1 ? 1 : accuracy, accuracy];
  const selects = ["Across", "up", "colour"].map((word, i) => {
    const [label, select] = choice(word, labels, starts[i], drawMap);
    choices.append(label);
    return select;
  });
  const said = element("p", "", { className: "said", ariaLive: "polite" }), lines = element("div", "", { className: "chart" });
  const ends = element("p", "", { className: "choose" }), [ofColumn, column] = choice("Keep of", labels, 0, showEnds);
  const kept = new Map(); // ends [0..1] of what is kept, by column
  let controls = [], moveBrush = () => {}, dim = () => {};

  function drawMap() {
    const [x, y, colour] = selects.map((select) => Number(select.value));
    const axis = (of) => ({ label: labels[of], grid: true, type: isChoice(of) ? "point" : columns[of].log ? "log" : "linear", tickFormat: isChoice(of) ? undefined : "~g" });
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

  // ---- What is kept: by two ends of a column, or by a brush on its axis
  const holds = (row) => [...kept].every(([axis, range]) => inside(axes[axis].at(columns[axis].values[row.i]), range));

  function show() {
    const left = rows.filter(holds), ranges = [...kept].map(([axis, range]) => `${labels[axis]} from ${axes[axis].said(Math.min(...range))} to ${axes[axis].said(Math.max(...range))}`);
    const best = left.length ? ` The best of them:\n${words(left[0])}` : "";
    said.textContent = `${left.length} of ${rows.length} evaluations${ranges.length ? `: ${ranges.join("; ")}` : ""}.${best}`;
    dim();
  }

  function keep(axis, range) {
    if (range && (Math.min(...range) > 0 || Math.max(...range) < 1)) kept.set(axis, range); else kept.delete(axis);
    show();
  }

  // The two ends of the chosen column, as numbers to write or texts to choose.
  function showEnds() {
    const axis = axes[column.value], range = kept.get(Number(column.value)) ?? [];
    const shares = [Math.min(...range), Math.max(...range)].map((share, side) => (Number.isFinite(share) ? Math.max(0, Math.min(1, share)) : side));
    const made = ["from", "to"].map((word, side) => {
      if (axis.texts) return choice(word, axis.texts, axis.texts.indexOf(axis.said(shares[side])), keepEnds);
      const input = element("input", "", { inputMode: "decimal", value: range.length ? axis.said(shares[side]) : "", placeholder: axis.said(side), onchange: keepEnds, onkeydown: step });
      const label = element("label", `${word} `);
      label.append(input);
      return [label, input];
    });
    controls = made.map(([, control]) => control);
    ends.replaceChildren(ofColumn, ...made.map(([label]) => label), element("button", "keep all", { type: "button", onclick: () => { kept.clear(); axes.forEach((_, i) => moveBrush(i)); showEnds(); show(); } }));
  }

  const shareIn = (axis, control, side) => {
    const written = control.value.trim().replace(",", ".");
    return axis.texts ? axis.at(axis.texts[written]) : written ? axis.at(Number(written)) : side;
  };

  function keepEnds() {
    const which = Number(column.value), shares = controls.map((control, side) => shareIn(axes[which], control, side));
    controls.forEach((control, side) => { control.ariaInvalid = String(Number.isNaN(shares[side])); });
    if (shares.some(Number.isNaN)) return;
    keep(which, shares);
    moveBrush(which);
  }

  function step(event) {
    const way = { ArrowUp: STEP, ArrowDown: -STEP }[event.key], axis = axes[column.value];
    if (!way) return;
    event.preventDefault();
    const now = shareIn(axis, event.target, controls.indexOf(event.target));
    event.target.value = axis.said(Math.max(0, Math.min(1, (Number.isNaN(now) ? 0.5 : now) + way)));
    keepEnds();
  }

  function drawLines() {
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
        Plot.text(labels, { x: (_, i) => i, y: 1, dy: -14, lineAnchor: "bottom", text: broken, lineWidth: 7, fontWeight: 600 }),
      ],
    });
    lines.replaceChildren(plot);
    const paths = d3.select(plot).select("g[aria-label=line]").selectAll("path"), [x, y] = [plot.scale("x"), plot.scale("y")];
    dim = () => paths.attr("stroke-opacity", (at) => (holds(tidy[at[0]].row) ? (kept.size ? 0.9 : 0.6) : 0.04));
    const brushes = axes.map((_, axis) => {
      const brush = d3.brushY().extent([[x.apply(axis) - 14, top], [x.apply(axis) + 14, bottom]]).on("brush end", ({ selection, sourceEvent }) => {
        if (!sourceEvent) return; // moved by the two ends, which say what is kept
        keep(axis, selection?.map(y.invert));
        column.value = axis;
        showEnds();
      });
      return [d3.select(plot).append("g").attr("class", "brush").call(brush), brush];
    });
    moveBrush = (axis) => {
      const [place, brush] = brushes[axis], range = kept.get(axis)?.map((share) => y.apply(Math.max(0, Math.min(1, share))));
      place.call(brush.move, range ? [Math.min(...range), Math.max(...range)] : null);
    };
    kept.forEach((_, axis) => moveBrush(axis));
    dim();
    hintAtScrolling();
  }

  home.append(choices, map, element("h4", "All columns in parallel: drag along an axis, or write two ends, to keep what lies there"), lines, ends, said);
  showEnds();
  show();
  const drawn = new Set();
  for (const [place, draw] of [[map, drawMap], [lines, drawLines]]) whenSeen(place, () => { drawn.add(draw); draw(); });
  let wait;
  addEventListener("resize", () => { clearTimeout(wait); wait = setTimeout(() => drawn.forEach((draw) => draw()), 200); });
}

for (const home of all("[data-explore]")) {
  home.hidden = false;
  whenSeen(home, () => explore(home));
}
