// The numbers of a figure: under the pointer, or at the arrow keys.
"use strict";
const REACH = 14; // points of the figure
const KEYS = "arrow keys: the next value, the next row";
const tip = document.body.appendChild(element("div", "", { className: "tip", hidden: true, role: "status" }));
const hideTip = () => { tip.hidden = true; };

function placesOf({ box: [left, top, width, height], x, y }) {
  const share = (axis, value) => {
    const on = axis.log ? Math.log : Number;
    return (on(value) - on(axis.ends[0])) / (on(axis.ends[1]) - on(axis.ends[0]));
  };
  return [(value) => left + width * share(x, value), (value) => top + height * (1 - share(y, value))];
}

// A value with the label of its axis; nothing where the axis is not drawn.
const told = (axis, value) => !axis.hidden && `${axis.label || "value"}: ${axis.names?.[value.toFixed(1)] ?? number(value)}`;

function pointOf(panel, mark, i) {
  return [mark.label, mark.names?.[i], told(panel.x, mark.x[i]), told(panel.y, mark.y[i])];
}

function nearestPoint(panel, [x, y]) {
  let least = REACH ** 2, found = null;
  for (const mark of panel.marks.filter((one) => !one.values && !one.bars)) {
    mark.x.forEach((value, i) => {
      const far = (panel.across(value) - x) ** 2 + (panel.up(mark.y[i]) - y) ** 2;
      if (far < least) [least, found] = [far, pointOf(panel, mark, i)];
    });
  }
  return found;
}

const middleOf = (edges, i) => (edges[i] + edges[i + 1]) / 2;

function cellAt(panel, map, row, column) {
  const place = row * (map.x.length - 1) + column, value = map.values[place];
  return [map.names?.[place], value === null ? "not known" : `${map.label}: ${number(value)}`, told(panel.x, middleOf(map.x, column)), told(panel.y, middleOf(map.y, row))];
}

function cellOf(panel, [x, y]) {
  const map = panel.marks.find((mark) => mark.values);
  if (!map) return null;
  const cell = (edges, at, value) => edges.slice(1).findIndex((end, i) => inside(value, [at(edges[i]), at(end)]));
  const column = cell(map.x, panel.across, x), row = cell(map.y, panel.up, y);
  return column < 0 || row < 0 ? null : cellAt(panel, map, row, column);
}

// A bar from `low` to `high` at a place of the other axis, `thick` across.
function barAt(panel, mark, i) {
  const [place, low, high] = mark.bars[i], [along, across] = mark.flat ? [panel.x, panel.y] : [panel.y, panel.x];
  const ends = low === 0 ? number(high) : `${number(low)} … ${number(high)}`;
  return [across.names?.[Math.round(place).toFixed(1)], mark.label, mark.names?.[i], !along.hidden && `${along.label || "value"}: ${ends}`];
}

function barOf(panel, [x, y]) {
  let least = Infinity, found = null;
  for (const mark of panel.marks.filter((one) => one.bars)) {
    mark.bars.forEach(([place, low, high, thick], i) => {
      const [along, across] = mark.flat ? [panel.across, panel.up] : [panel.up, panel.across], [one, other] = mark.flat ? [x, y] : [y, x];
      const isIn = inside(one, [along(low), along(high)]) && inside(other, [across(place - thick / 2), across(place + thick / 2)]);
      if (isIn && Math.abs(high - low) < least) [least, found] = [Math.abs(high - low), barAt(panel, mark, i)];
    });
  }
  return found;
}

// The values of a figure in rows: those of a line, of the bars of a kind, or of a row of a map, each with its place.
function rowsOf(panel) {
  return panel.marks.flatMap((mark) => {
    const counted = (num, make) => Array.from({ length: num }, (_, i) => make(i));
    if (mark.bars) {
      return [mark.bars.map(([place, low, high], i) => ({ at: mark.flat ? [panel.across((low + high) / 2), panel.up(place)] : [panel.across(place), panel.up((low + high) / 2)], words: () => barAt(panel, mark, i) }))];
    }
    if (!mark.values) return [mark.x.map((x, i) => ({ at: [panel.across(x), panel.up(mark.y[i])], words: () => pointOf(panel, mark, i) }))];
    return counted(mark.y.length - 1, (row) => counted(mark.x.length - 1, (column) => ({
      at: [panel.across(middleOf(mark.x, column)), panel.up(middleOf(mark.y, row))], words: () => cellAt(panel, mark, row, column),
    })));
  });
}

function showTip(lines, x, y) {
  tip.hidden = !lines;
  if (!lines) return;
  tip.textContent = lines.filter(Boolean).join("\n");
  tip.style.left = `${scrollX + Math.max(4, Math.min(x + 12, document.documentElement.clientWidth - tip.offsetWidth - 4))}px`;
  tip.style.top = `${scrollY + (y + 16 + tip.offsetHeight < innerHeight ? y + 16 : y - tip.offsetHeight - 12)}px`;
}

function tellNumbers(svg) {
  let read = null;
  const panelsOf = () => {
    if (read) return read;
    const { names, panels } = JSON.parse(svg.dataset.hover);
    for (const panel of panels) {
      [panel.across, panel.up] = placesOf(panel);
      for (const mark of panel.marks) mark.names = names[mark.names];
    }
    return (read = panels);
  };
  const point = (event) => {
    const { x, y } = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
    const within = panelsOf().filter(({ box: [left, top, width, height] }) =>
      inside(x, [left - REACH, left + width + REACH]) && inside(y, [top - REACH, top + height + REACH]));
    const lines = within.map((panel) => {
      const point = nearestPoint(panel, [x, y]), cell = cellOf(panel, [x, y]);
      return point && cell ? [...point, cell[1]] : point ?? cell ?? barOf(panel, [x, y]);
    }).find(Boolean);
    showTip(lines, event.clientX, event.clientY);
  };
  svg.addEventListener("pointermove", point);
  svg.addEventListener("pointerdown", point);
  svg.addEventListener("pointerleave", (event) => { if (event.pointerType !== "touch") hideTip(); });

  // By keys: the card is in the order of the tabs; a ring marks the value that is told.
  const card = svg.parentElement, ring = document.createElementNS("http://www.w3.org/2000/svg", "circle");
  let rows = null, row = 0, place = 0;
  const tell = (more) => {
    rows ??= panelsOf().flatMap(rowsOf).filter((one) => one.length);
    row = Math.max(0, Math.min(rows.length - 1, row));
    place = Math.max(0, Math.min(rows[row].length - 1, place));
    const { at: [x, y], words } = rows[row][place];
    for (const [name, value] of Object.entries({ class: "ring", cx: x, cy: y, r: 6 })) ring.setAttribute(name, value);
    svg.append(ring);
    ring.scrollIntoView({ block: "nearest", inline: "nearest" });
    const box = ring.getBoundingClientRect();
    showTip([...words(), more], box.x + box.width / 2, box.y + box.height / 2);
  };
  card.addEventListener("focus", () => { if (card.matches(":focus-visible")) tell(KEYS); });
  card.addEventListener("blur", () => { ring.remove(); hideTip(); });
  card.addEventListener("keydown", (event) => {
    const steps = { ArrowRight: [0, 1], ArrowLeft: [0, -1], ArrowDown: [1, 0], ArrowUp: [-1, 0], Home: [0, -Infinity], End: [0, Infinity] };
    if (event.key === "Escape") { ring.remove(); hideTip(); }
    if (!steps[event.key] || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    row += steps[event.key][0];
    place += steps[event.key][1];
    tell();
  });
}

addEventListener("pointerdown", hideTip, true);
all("svg[data-hover]").forEach(tellNumbers);
