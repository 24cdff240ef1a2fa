// The page of a panel: its state, its two charts and its table of drugs.

import { marks } from "./curve.js";
import { create, drawn, element, number, percent } from "./format.js";

const LOOKS = { high: "◆", intermediate: "■", low: "●", "": "▼" };
const [HEIGHT, LEFT, RIGHT, BOTTOM, TOP] = [300, 62, 96, 42, 10];
const [HEAD, ROW, NAMES] = [28, 15, 104]; // heights of the head and of a row of the metric, and width of the names

const data = JSON.parse(element("data").textContent);
const state = { scenario: data.scenarios[0], multiple: 1, chosen: new Set() };

const colourOf = (drug) => `var(--category-${drug.category || "unknown"})`;

/** Return median and interval of qNet of a drug at a dose, interpolated over the logarithm of the dose. */
function qnetAt(drug, multiple) {
  const { doses } = state.scenario;
  const k = Math.max(0, Math.min(doses.findLastIndex((dose) => dose <= multiple * (1 + 1e-9)), doses.length - 2));
  const share = doses.length < 2 ? 0 : Math.log(multiple / doses[k]) / Math.log(doses[k + 1] / doses[k]);
  const value = (values) => {
    const [a, b] = [values[k], values[Math.min(k + 1, values.length - 1)]];
    return a === null || b === null ? null : a + share * (b - a);
  };
  return { median: value(drug.median), low: value(drug.low), high: value(drug.high), arrhythmic: value(drug.arrhythmic) };
}

function withInterval(middle, low, high) {
  return middle === null ? "not known" : `${number(middle)} (${number(low)} to ${number(high)})`;
}

/** Return a share of the samples in per cent. */
function share(value) {
  return `${number(100 * value)} %`;
}

function drawDoses() {
  const svg = element("doses");
  const { doses, drugs } = state.scenario;
  const width = svg.clientWidth;
  svg.replaceChildren();
  svg.setAttribute("viewBox", `0 0 ${width} ${HEIGHT}`);
  const all = drugs.flatMap((drug) => [...drug.low, ...drug.high]).filter((value) => value !== null);
  const [low, high] = [Math.min(...all), Math.max(...all)];
  const x = (dose) => LEFT + (doses.length < 2 ? 0.5 : Math.log(dose / doses[0]) / Math.log(doses.at(-1) / doses[0])) * (width - LEFT - RIGHT);
  const y = (value) => TOP + ((high - value) / (high - low)) * (HEIGHT - TOP - BOTTOM);
  for (const value of marks(low, high, 6)) {
    svg.append(drawn("line", { x1: LEFT, x2: width - RIGHT, y1: y(value), y2: y(value), class: "grid" }));
    svg.append(drawn("text", { x: LEFT - 6, y: y(value) + 4, "text-anchor": "end" }, number(value)));
  }
  for (const dose of doses) svg.append(drawn("text", { x: x(dose), y: HEIGHT - BOTTOM + 16, "text-anchor": "middle" }, number(dose)));
  svg.append(drawn("line", { x1: LEFT, x2: width - RIGHT, y1: HEIGHT - BOTTOM, y2: HEIGHT - BOTTOM, class: "axis" }));
  svg.append(drawn("text", { x: (LEFT + width - RIGHT) / 2, y: HEIGHT - 6, "text-anchor": "middle" }, "dose (multiple of free Cmax)"));
  svg.append(drawn("text", { x: -(HEIGHT - BOTTOM) / 2, y: 13, "text-anchor": "middle", transform: "rotate(-90)" }, "qNet (µC/µF)"));
  const path = (values) => values.map((value, k) => (value === null ? "" : `${k && values[k - 1] !== null ? "L" : "M"}${x(doses[k])} ${y(value)}`)).join("");
  const rank = (drug) => state.chosen.has(drug.name);
  for (const drug of [...drugs].sort((a, b) => rank(a) - rank(b))) {
    const isChosen = rank(drug);
    const stroke = isChosen ? colourOf(drug) : "#c9c9ce";
    if (isChosen) {
      const known = doses.map((_, k) => k).filter((k) => drug.low[k] !== null);
      const points = [...known.map((k) => [doses[k], drug.high[k]]), ...known.reverse().map((k) => [doses[k], drug.low[k]])];
      svg.append(drawn("polygon", { points: points.map(([dose, value]) => `${x(dose)},${y(value)}`).join(" "), fill: stroke, opacity: 0.15 }));
    }
    svg.append(drawn("path", { d: path(drug.median), fill: "none", stroke, "stroke-width": isChosen ? 2.2 : 1 }));
  }
  const shown = drugs.filter(rank).map((drug) => ({ drug, at: y(drug.median.at(-1) ?? low) })).sort((a, b) => a.at - b.at);
  let last = -Infinity;
  for (const { drug, at } of shown) {
    last = Math.max(at, last + 12);
    const label = drawn("text", { x: width - RIGHT + 6, y: last + 4 }, drug.name);
    label.style.fill = colourOf(drug);
    svg.append(label);
  }
  const here = x(state.multiple);
  svg.append(drawn("line", { x1: here, x2: here, y1: TOP, y2: HEIGHT - BOTTOM, stroke: "#222", "stroke-dasharray": "3 3", id: "dose-line" }));
  for (const drug of drugs.filter(rank)) {
    const { median } = qnetAt(drug, state.multiple);
    if (median !== null) svg.append(drawn("circle", { cx: here, cy: y(median), r: 4, fill: colourOf(drug), stroke: "#fff", "data-drug": drug.name }));
  }
}

function drawMetric() {
  const { classes, drugs } = state.scenario;
  element("metric-box").hidden = !classes;
  element("unclassified").hidden = Boolean(classes);
  if (!classes) return;
  const svg = element("metric");
  const width = svg.clientWidth;
  svg.replaceChildren();
  const order = classes.drug.map((_, k) => k).sort((a, b) => classes.metric[a] - classes.metric[b]);
  const height = order.length * ROW + BOTTOM + HEAD;
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  const all = [...classes.metric_low, ...classes.metric_high].filter((value) => value !== null);
  const [low, high] = [Math.min(...all), Math.max(...all)];
  const x = (value) => NAMES + ((value - low) / (high - low)) * (width - NAMES - 12);
  for (const value of marks(low, high, 6)) {
    svg.append(drawn("line", { x1: x(value), x2: x(value), y1: HEAD, y2: height - BOTTOM, class: "grid" }));
    svg.append(drawn("text", { x: x(value), y: height - BOTTOM + 16, "text-anchor": "middle" }, number(value)));
  }
  svg.append(drawn("text", { x: (NAMES + width) / 2, y: height - 6, "text-anchor": "middle" }, "torsade metric (µC/µF)"));
  order.forEach((k, place) => {
    const drug = drugs.find(({ name }) => name === classes.drug[k]);
    const y = HEAD + (place + 0.5) * ROW;
    const isChosen = state.chosen.has(drug.name);
    const name = drawn("text", { x: NAMES - 8, y: y + 4, "text-anchor": "end" }, drug.name);
    name.style.fontWeight = isChosen ? 700 : 400;
    const mark = drawn("text", { x: x(classes.metric[k]), y: y + 4, "text-anchor": "middle" }, LOOKS[drug.category] ?? "▼");
    mark.style.fill = colourOf(drug);
    svg.append(name,
      drawn("line", { x1: x(classes.metric_low[k]), x2: x(classes.metric_high[k]), y1: y, y2: y, stroke: colourOf(drug), "stroke-width": isChosen ? 3.5 : 1.5, opacity: isChosen ? 1 : 0.6 }),
      mark);
  });
  const names = ["intermediate | low", "high | intermediate"];
  classes.thresholds.forEach((threshold, k) => {
    if (threshold === null || threshold < low || threshold > high) return;
    svg.append(drawn("line", { x1: x(threshold), x2: x(threshold), y1: HEAD - 4, y2: height - BOTTOM, stroke: "#222", "stroke-dasharray": "5 3" }));
    const isLeft = k === 1 || x(threshold) > width - 110;
    svg.append(drawn("text", { x: x(threshold), y: k ? 10 : 22, "text-anchor": isLeft ? "end" : "start" }, names[k]));
  });
  const [first, second] = classes.thresholds.map((threshold) => number(threshold));
  element("metric-caption").textContent = `Median and 95 % interval over the samples. Dashed: thresholds, low above ${first} µC/µF, high below ${second} µC/µF.`;
}

function listDrugs() {
  const { classes, drugs } = state.scenario;
  element("drug-rows").replaceChildren(...drugs.map((drug) => {
    const box = create("input", { type: "checkbox", value: drug.name, checked: state.chosen.has(drug.name) });
    box.addEventListener("change", () => {
      if (box.checked) state.chosen.add(drug.name);
      else state.chosen.delete(drug.name);
      drawDoses();
      drawMetric();
    });
    const mark = create("span", { className: "mark", ariaHidden: "true" }, LOOKS[drug.category] ?? "▼");
    mark.style.color = colourOf(drug);
    const category = create("span", { className: "visually-hidden" }, `, published ${drug.category || "unknown"} risk`);
    const k = classes ? classes.drug.indexOf(drug.name) : -1;
    const metric = k < 0 ? "not known" : withInterval(classes.metric[k], classes.metric_low[k], classes.metric_high[k]);
    const predicted = k < 0 ? "not known" : `${classes.majority[k]} (${percent(classes.probability[classes.majority[k]][k])})`;
    const line = create("tr", {},
      create("th", { scope: "row" }, create("label", {}, box, mark, drug.name, category)),
      create("td", { className: "qnet" }), create("td", { className: "ead" }), create("td", {}, metric), create("td", {}, predicted));
    line.dataset.drug = drug.name;
    return line;
  }));
  element("scheme").textContent = classes ? `Predicted class: the most frequent one over the samples, ${classes.scheme}; in brackets its mean probability.` : "";
}

function showDose() {
  state.multiple = Math.exp(Number(element("dose").value));
  const text = `${number(state.multiple)} × Cmax`;
  element("dose-value").textContent = text;
  element("dose").setAttribute("aria-valuetext", text);
  for (const line of element("drug-rows").children) {
    const { median, low, high, arrhythmic } = qnetAt(state.scenario.drugs.find(({ name }) => name === line.dataset.drug), state.multiple);
    line.querySelector(".qnet").textContent = withInterval(median, low, high);
    line.querySelector(".ead").textContent = arrhythmic === null ? "not known" : share(arrhythmic);
  }
  drawDoses();
}

function chooseScenario(name) {
  state.scenario = data.scenarios.find((one) => one.name === name);
  const { doses } = state.scenario;
  const dose = element("dose");
  [dose.min, dose.max] = [Math.log(doses[0]), Math.log(doses.at(-1))];
  dose.value = Math.log(Math.min(Math.max(state.multiple, doses[0]), doses.at(-1)));
  listDrugs();
  drawMetric();
  showDose();
}

function chooseDrugs(names) {
  state.chosen = new Set(names);
  listDrugs();
  drawMetric();
  showDose();
}

element("scenario").replaceChildren(...data.scenarios.map(({ name, title, samples }) => create("option", { value: name }, `${name}: ${title}; ${samples} samples`)));
element("scenario").addEventListener("change", () => chooseScenario(element("scenario").value));
element("dose").addEventListener("input", showDose);
element("all-drugs").addEventListener("click", () => chooseDrugs(state.scenario.drugs.map(({ name }) => name)));
element("no-drugs").addEventListener("click", () => chooseDrugs([]));
for (const category of ["high", "intermediate", "low"]) {
  const first = data.scenarios[0].drugs.find((drug) => drug.category === category);
  if (first) state.chosen.add(first.name);
}
chooseScenario(data.scenarios[0].name);

let drawnAt = element("doses").clientWidth;
new ResizeObserver(() => {
  if (element("doses").clientWidth === drawnAt) return;
  drawnAt = element("doses").clientWidth;
  drawDoses();
  drawMetric();
}).observe(element("doses"));

/** For the browser's console: the state of the page. */
globalThis.explorer = { state, qnetAt };
