// The page of a campaign: its state, and what follows when the state changes.

import { decode } from "./arrays.js";
import { colour, create, element, number, withUnit } from "./format.js";
import { axisTitle, contour, Field, PlaneMap } from "./map.js";
import { compoundsOf, drawCompounds, listDrugs, placeTyped, riskAsText, updateRisks } from "./places.js";
import { pointAt } from "./compounds.js";
import { asText, showNearest, showQuantity, showRisk, Simulations } from "./reading.js";
import { Space } from "./space.js";
import { BAND, logOdds, Surrogate } from "./surrogate.js";

const STEP = 0.01; // share of a range by which an arrow key moves the cursor
const DOUBTFUL = 6; // log odds of a risk of 0.9975: the boundaries that are drawn lie nearer to 0
const DOSES = { smallest: 0.001, largest: 1000 };

const data = JSON.parse(element("data").textContent);
const space = new Space(data.axes);
const surrogate = new Surrogate(data.parts, space);
const recordings = { ...data.recordings, values: decode(data.recordings.curves), step: data.recordings.curves.step };
const simulations = new Simulations(data.samples, recordings, decode(data.samples.points), space);
const ofClass = data.quantities.length === 0;
const classNames = ofClass ? data.classes : ["safe", "arrhythmic"];
const compounds = compoundsOf(data.drugs);
const risk = (point) => surrogate.risk(point);

const state = {
  axes: [0, 1], // the two that are shown
  values: space.held, // values of all axes; those that are shown have that of the cursor
  at: [0.5, 0.5], // cursor, in shares of the ranges
  isHeld: false,
  multiple: 1, // dose of the drugs in multiples of Cmax
  quantity: data.quantities[0],
  chosen: new Set(firstOfEachCategory()),
  typed: undefined,
};

/** Return the drugs that are shown at first: of each category the one that needs the smallest dose above Cmax. */
function firstOfEachCategory() {
  const value = ({ critical: [middle] }) => (middle.value > 1 ? middle.value : Infinity);
  const ranked = [...compounds].sort((a, b) => value(a) - value(b));
  return ["high", "intermediate", "low"].map((one) => ranked.find(({ category }) => category === one)?.name).filter(Boolean);
}

/** Return the point at shares of the two axes that are shown. */
function pointOf([x, y]) {
  const point = [...state.values];
  point[state.axes[0]] = space.value(state.axes[0], x);
  point[state.axes[1]] = space.value(state.axes[1], y);
  return point;
}

const map = new PlaneMap(element("map"), space);
const field = new Field((x, y) => evaluate(pointOf([x, y])), ofClass ? DOUBTFUL : 0, (isFinal) => {
  if (ofClass) lines = [0, -BAND, BAND].map((level) => contour(field, level, isFinal));
  element("map").dataset.ready = isFinal;
  draw();
});
let lines = []; // the boundary, and the lines of a risk of 0.025 and 0.975


function evaluate(point) {
  if (ofClass) return logOdds(surrogate.risk(point));
  return surrogate.regular(point) > 0.5 ? surrogate.quantity(state.quantity.name, point).mean : NaN;
}

function refreshField() {
  element("map").dataset.ready = surrogate.isEmpty;
  if (surrogate.isEmpty) draw();
  else field.refresh();
}

// Painting

const rgb = (hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
const mixed = (a, b, share) => a.map((value, k) => value + share * (b[k] - value));
const TINTS = [colour("tint-0"), "#f7f7f5", colour("tint-1")].map(rgb);
// The colours of viridis, which rise evenly in lightness
const SCALE = ["#440154", "#472d7b", "#3b528b", "#2c728e", "#21918c", "#28ae80", "#5ec962", "#addc30", "#fde725"].map(rgb);
const UNDEFINED = rgb("#d0d0d0");

function onScale(colours, share) {
  const place = Math.min(Math.max(share, 0), 1) * (colours.length - 1);
  const k = Math.min(Math.floor(place), colours.length - 2);
  return mixed(colours[k], colours[k + 1], place - k);
}

function painter() {
  if (ofClass) return (odds) => onScale(TINTS, 1 / (1 + Math.exp(-odds)));
  const finite = field.values.filter(Number.isFinite);
  const low = finite.reduce((a, b) => Math.min(a, b), Infinity);
  const high = finite.reduce((a, b) => Math.max(a, b), -Infinity);
  element("scale-low").textContent = finite.length ? withUnit(low, state.quantity.unit) : "";
  element("scale-high").textContent = finite.length ? withUnit(high, state.quantity.unit) : "";
  return (value) => (Number.isFinite(value) ? onScale(SCALE, (value - low) / (high - low || 1)) : UNDEFINED);
}

function draw() {
  const [k, l] = state.axes;
  map.clear();
  map.paint(field, painter());
  lines.forEach((segments, k) => map.line(segments, k ? { width: 0.9, stroke: "#444" } : { width: 2.2 }));
  const point = pointOf(state.at);
  const here = space.unit(point);
  const shownNearest = simulations.nearest(point);
  if (element("show-simulations").checked) {
    simulations.places.forEach((place, row) => {
      const away = Math.sqrt(place.reduce((sum, value, j) => sum + (state.axes.includes(j) ? 0 : (value - here[j]) ** 2), 0));
      drawSimulation(row, Math.max(0.12, 1 - 1.6 * away));
    });
  }
  const shown = compounds.filter(({ name }) => state.chosen.has(name));
  if (state.typed) shown.push(state.typed);
  drawCompounds(map, shown, state.multiple, space, [k, l], DOSES, colour);
  const place = simulations.places[shownNearest.row];
  map.cursor(state.at, [place[k], place[l]], state.isHeld);
  map.axes(k, l);
}

function drawSimulation(row, alpha) {
  const [k, l] = state.axes;
  const label = simulations.label[row];
  const at = [simulations.places[row][k], simulations.places[row][l]];
  const look = [
    ["circle", { fill: "#fff", stroke: colour("class-0") }],
    ["triangle", { fill: colour("class-1"), stroke: "#fff" }],
  ][label] ?? ["cross", { stroke: colour("grey") }];
  map.symbol(look[0], at, { ...look[1], alpha });
  if (row === simulations.control) map.symbol("star", at, { fill: "#000", stroke: "#fff", alpha });
}

// What is under the cursor

function read() {
  const point = pointOf(state.at);
  element("point").textContent = asText(point, space);
  const spoken = [asText(point, space)];
  if (surrogate.isEmpty) element("value").textContent = "no prediction";
  else if (ofClass) spoken.push(showRisk(point, state.axes, surrogate, space, classNames));
  else spoken.push(showQuantity(point, state.quantity, surrogate));
  spoken.push(showNearest(simulations.nearest(point), simulations, classNames));
  return spoken.join(". ");
}

let waiting;

/** Move the cursor; what is said aloud waits until it rests. */
function moveTo(at, isSpoken) {
  state.at = at.map((share) => Math.min(Math.max(share, 0), 1));
  const spoken = read();
  draw();
  if (!isSpoken) return;
  clearTimeout(waiting);
  waiting = setTimeout(() => { element("spoken").textContent = spoken; }, 250);
}

function sharesOf(event) {
  const box = element("map").getBoundingClientRect();
  return map.share(event.clientX - box.left, event.clientY - box.top);
}

function hold(isHeld) {
  state.isHeld = isHeld;
  element("held").textContent = isHeld ? "The point is held. Click the map again, or press Escape, to let it go." : "Click the map to hold the point.";
}

element("map").addEventListener("pointermove", (event) => {
  if (!state.isHeld) moveTo(sharesOf(event), false);
});
element("map").addEventListener("click", (event) => {
  hold(!state.isHeld);
  moveTo(sharesOf(event), true);
});
element("map").addEventListener("keydown", (event) => {
  const step = event.shiftKey ? 10 * STEP : STEP;
  const move = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowDown: [0, -step], ArrowUp: [0, step] }[event.key];
  if (move) {
    event.preventDefault();
    hold(true);
    moveTo([state.at[0] + move[0], state.at[1] + move[1]], true);
  } else if (event.key === "Escape") {
    hold(false);
    draw();
  }
});

// Choosers and sliders

function fillChooser(select, chosen, choose) {
  select.replaceChildren(...data.axes.map((axis, k) => create("option", { value: k, selected: k === chosen }, axisTitle(axis))));
  select.onchange = () => choose(Number(select.value));
}

/** Show another axis in one place; if the other place has it, the two change places. */
function chooseAxis(place, k) {
  const point = pointOf(state.at);
  state.values = point;
  if (state.axes[1 - place] === k) state.axes = [state.axes[1], state.axes[0]];
  else state.axes[place] = k;
  state.at = state.axes.map((axis) => space.share(axis, point[axis]));
  arrange();
}

/** Set choosers and sliders to the axes that are shown, and compute the map anew. */
function arrange() {
  state.axes.forEach((k, place) => fillChooser(element(place ? "axis-y" : "axis-x"), k, (chosen) => chooseAxis(place, chosen)));
  const others = data.axes.map((_, k) => k).filter((k) => !state.axes.includes(k));
  element("sliders").replaceChildren(...others.map(slider));
  element("sliders-box").hidden = !others.length;
  refreshField();
  read();
}

function slider(k) {
  const axis = data.axes[k];
  const output = create("output", {}, withUnit(state.values[k], axis.unit));
  const input = create("input", { type: "range", min: 0, max: 1, step: 0.005, value: space.share(k, state.values[k]), id: `axis-${k}` });
  const tell = () => {
    output.textContent = withUnit(state.values[k], axis.unit);
    input.setAttribute("aria-valuetext", withUnit(state.values[k], axis.unit));
  };
  tell();
  input.addEventListener("input", () => {
    state.values[k] = space.value(k, Number(input.value));
    tell();
    read();
    refreshField();
  });
  const label = create("label", {}, axisTitle(axis));
  label.htmlFor = input.id;
  return create("div", { className: "slider" }, label, input, output);
}

// Drugs and the typed compound

function showDose() {
  state.multiple = 10 ** Number(element("dose").value);
  const text = `${number(state.multiple)} × Cmax`;
  element("dose-value").textContent = text;
  element("dose").setAttribute("aria-valuetext", text);
  if (ofClass && !surrogate.isEmpty) updateRisks(compounds, state.multiple, risk, space);
  showTyped();
  draw();
}

function showTyped() {
  if (!state.typed) return;
  const point = pointAt(state.typed, state.multiple, space);
  const at = riskOrValue(point);
  element("compound-now").textContent = `At ${number(state.multiple)} × Cmax (${number(state.multiple * state.typed.cmax)} nM): ${blocksAsText(point)}; ${at}`;
}

function blocksAsText(point) {
  return space.axes.map(({ title, isBlock }, k) => (isBlock ? `${title} ${number(point[k])}` : "")).filter(Boolean).join(", ");
}

function riskOrValue(point) {
  if (ofClass) return `risk ${riskAsText(state.typed, state.multiple, risk, space)}.`;
  if (!space.holds(point)) return "outside the map.";
  const { mean } = surrogate.quantity(state.quantity.name, point);
  return `${state.quantity.title} ${withUnit(mean, state.quantity.unit, 4)}.`;
}

function chooseDrugs(names) {
  state.chosen = new Set(names);
  listDrugs(compounds, state.chosen, draw);
  showDose();
}

element("compound").addEventListener("submit", (event) => {
  event.preventDefault();
  state.typed = placeTyped(data.compound, surrogate, space, ofClass);
  element("compound-now").textContent = "";
  showDose();
});

// Begin

function begin() {
  element("drugs").hidden = !compounds.length;
  element("doses").hidden = !compounds.length && !data.compound;
  document.querySelector("main").classList.toggle("of-two", element("doses").hidden);
  element("compound").hidden = !data.compound || surrogate.isEmpty;
  element("legend-class").hidden = !ofClass;
  element("legend-quantity").hidden = ofClass;
  element("bar").hidden = !ofClass;
  document.querySelectorAll(".name-0").forEach((one) => { one.textContent = classNames[0]; });
  document.querySelectorAll(".name-1").forEach((one) => { one.textContent = classNames[1]; });
  element("choosers").hidden = data.axes.length < 3 && data.quantities.length < 2;
  element("chooser-axes").hidden = data.axes.length < 3;
  element("chooser-quantity").hidden = data.quantities.length < 2;
  element("quantity").replaceChildren(...data.quantities.map(({ name, title }) => create("option", { value: name }, title)));
  element("quantity").onchange = () => {
    state.quantity = data.quantities.find(({ name }) => name === element("quantity").value);
    title();
    arrange();
    showTyped();
  };
  element("projected").hidden = data.axes.length < 3;
  element("warning").textContent = data.warning;
  element("drug-note").textContent = data.drugs?.note ? `Drug table: ${data.drugs.note}.` : "";
  title();
  hold(false);
  element("dose").addEventListener("input", showDose);
  element("show-simulations").addEventListener("change", draw);
  element("all-drugs").addEventListener("click", () => chooseDrugs(compounds.map(({ name }) => name)));
  element("no-drugs").addEventListener("click", () => chooseDrugs([]));
  listDrugs(compounds, state.chosen, draw);
  arrange();
  showDose();
  new ResizeObserver(() => { map.resize(); draw(); }).observe(element("map"));
}

function title() {
  element("map-title").textContent = ofClass ? `Risk map: probability of ${classNames[1] === "arrhythmic" ? "arrhythmia" : classNames[1]}`
    : `${state.quantity.title}${state.quantity.unit ? ` (${state.quantity.unit})` : ""}`;
  element("reading-title").textContent = ofClass ? "Risk at the point" : `${state.quantity.title} at the point`;
}

begin();

/** For the browser's console: what was learned, such as explorer.surrogate.risk([0.5, 0.2]), and the state of the page. */
globalThis.explorer = { surrogate, space, state, field, map, pointOf, place: (compound, multiple) => pointAt(compound, multiple, space) };
