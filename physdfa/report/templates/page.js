// What a page adds where scripts run: tables that sort, one map at a time; with hover.js the numbers of a figure, with
// explore.js charts of all evaluations. They read data from attributes, write them as text, and ask for nothing from
// elsewhere.
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
  const show = (which) => {
    maps.forEach((map, i) => { map.hidden = i !== which; });
    hintAtScrolling();
  };
  const [label, select] = choice("Map of", maps.map((map) => map.querySelector("h3").textContent.replace(/^.*?: /, "")), 0, () => show(Number(select.value)));
  maps[0].before(element("p", "", { className: "choose" }));
  maps[0].previousElementSibling.append(label);
  show(0);
}

// ---- What scrolls sideways says so ---------------------------------------------------------------------------------------
function hintAtScrolling() {
  const isWide = (box) => box.scrollWidth > box.clientWidth;
  all(".scroll, .chart").forEach((box) => box.classList.toggle("wide", isWide(box)));
  all(".card").forEach((box) => box.classList.toggle("fits", !isWide(box)));
}

all("table").forEach(makeSortable);
hintAtScrolling();
addEventListener("resize", hintAtScrolling);
for (const article of all("article")) {
  const maps = all("[data-panel^=range_map_]", article);
  if (maps.length > 1) chooseMap(maps);
}
