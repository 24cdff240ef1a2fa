// What the page says about the point under the cursor: risk or value, and the nearest simulation.

import { create, element, number, percent, withUnit } from "./format.js";
import { drawCurves } from "./curve.js";
import { BAND, logOdds } from "./surrogate.js";

const STEPS = 120; // points along an axis between which the boundary is looked for
export const NORMAL_975 = 1.959964;

/** The simulations, and which of them is nearest to a point. */
export class Simulations {
  constructor(data, recordings, points, space) {
    Object.assign(this, { ...data, recordings, space });
    this.places = data.id.map((_, k) => space.unit(points.subarray(k * space.axes.length, (k + 1) * space.axes.length)));
    this.control = data.purpose.indexOf("control");
    this.curveOf = new Map(recordings.row.map((row, k) => [row, k]));
  }

  /** Return the row of the nearest simulation, and its distance in units of the axes' ranges. */
  nearest(point) {
    const at = this.space.unit(point);
    let [row, least] = [0, Infinity];
    this.places.forEach((place, k) => {
      const square = place.reduce((sum, value, j) => sum + (value - at[j]) ** 2, 0);
      if (square < least) [row, least] = [k, square];
    });
    return { row, distance: Math.sqrt(least) };
  }

  /** Return the values of the recording of a simulation; nothing if there is none. */
  curve(row) {
    const k = this.curveOf.get(row);
    if (k === undefined) return undefined;
    const { values, step } = this.recordings;
    const width = values.shape[1];
    return Array.from(values.subarray(k * width, (k + 1) * width), (count) => (count === -32768 ? NaN : count * step));
  }
}

/** Return where along an axis the risk passes 0.5 next to a value, and its 95 % interval; nothing if nowhere. */
export function boundaryAlong(k, point, surrogate, space) {
  const odds = Array.from({ length: STEPS + 1 }, (_, i) => {
    const moved = [...point];
    moved[k] = space.value(k, i / STEPS);
    return logOdds(surrogate.risk(moved));
  });
  const at = space.share(k, point[k]) * STEPS;
  const crossings = (level) => {
    const found = [];
    for (let i = 0; i < STEPS; i++) {
      const [a, b] = [odds[i] - level, odds[i + 1] - level];
      if (a > 0 !== b > 0) found.push(i + a / (a - b));
    }
    return found;
  };
  const nearest = crossings(0).sort((a, b) => Math.abs(a - at) - Math.abs(b - at))[0];
  if (nearest === undefined) return undefined;
  // The interval ends where the risk first leaves 0.025 to 0.975 on either side, or with the range
  const doubtful = [...crossings(BAND), ...crossings(-BAND)];
  const low = Math.max(0, ...doubtful.filter((place) => place <= nearest));
  const high = Math.min(STEPS, ...doubtful.filter((place) => place >= nearest));
  return [nearest, low, high].map((place) => space.value(k, place / STEPS));
}

/** Return values of a point as text, axis by axis. */
export function asText(point, space) {
  return space.axes.map(({ title, unit }, k) => `${title} ${withUnit(point[k], unit)}`).join(", ");
}

/** Show the risk at a point, and the boundary near it; return what is to be spoken. */
export function showRisk(point, [k, l], surrogate, space, classes) {
  const risk = surrogate.risk(point);
  const likely = risk > 0.5 ? 1 : 0;
  element("value").textContent = percent(risk);
  element("value").dataset.class = likely;
  const sure = Math.max(risk, 1 - risk) > 0.975;
  element("verdict").textContent = `${sure ? "" : "probably "}${classes[likely]}`;
  element("bar").hidden = false;
  element("bar").firstElementChild.style.width = `${100 * risk}%`;
  const lines = [...new Set([k, l])].map((axis) => {
    const { title, unit } = space.axes[axis];
    const found = boundaryAlong(axis, point, surrogate, space);
    if (!found) return `Along the ${title} there is no boundary here.`;
    const [middle, low, high] = found;
    return `Boundary along the ${title}: ${withUnit(middle, unit)} (95 % interval ${number(low)} to ${withUnit(high, unit)})`;
  });
  element("interval").replaceChildren(...lines.map((line) => create("span", {}, line)));
  return `Risk ${percent(risk)}, ${element("verdict").textContent}.`;
}

/** Show a quantity at a point with its interval; return what is to be spoken. */
export function showQuantity(point, quantity, surrogate) {
  const { mean, sd } = surrogate.quantity(quantity.name, point);
  const regular = surrogate.regular(point);
  const half = NORMAL_975 * sd;
  element("value").textContent = withUnit(mean, quantity.unit, 4);
  const digits = Math.min(Math.max(Math.ceil(Math.log10(Math.abs(mean) / half)) + 2, 4), 9); // two of the half width
  const interval = `95 % interval ${number(mean - half, digits)} to ${withUnit(mean + half, quantity.unit, digits)}`;
  element("verdict").textContent = interval;
  element("interval").replaceChildren(
    create("span", {}, regular > 0.5 ? `It is defined here with a probability of ${percent(regular)}.`
      : `It is probably not defined here: the simulation would be arrhythmic or lack it (probability ${percent(1 - regular)}).`),
  );
  return `${quantity.title} ${element("value").textContent}, ${interval}.`;
}

/** Show the simulation nearest to a point; return what is to be spoken. */
export function showNearest({ row, distance }, simulations, classNames) {
  const label = simulations.label[row];
  const outcome = label < 0 ? "failed" : classNames[label];
  const purpose = PURPOSES[simulations.purpose[row]] ?? simulations.purpose[row];
  element("nearest").replaceChildren(
    create("strong", {}, `Simulation ${simulations.id[row]}: ${outcome}`),
    create("span", {}, `${number(distance, 2)} away, in units of the axes’ ranges; ${purpose}`),
  );
  const known = simulations.biomarkers.filter(({ values }) => values[row] !== null);
  const rows = (first) => known.filter((one) => one.first === first).flatMap(({ title, unit, values }) => [
    create("dt", {}, title), create("dd", {}, withUnit(values[row], unit)),
  ]);
  element("biomarkers").replaceChildren(...rows(true));
  element("others").replaceChildren(...rows(false));
  element("more").hidden = !element("others").children.length;
  showCurve(row, simulations, outcome);
  return `Nearest simulation ${simulations.id[row]}, ${outcome}, at a distance of ${number(distance, 2)}.`;
}

/** Phrases for the purposes of simulations. */
const PURPOSES = {
  start: "chosen for the start",
  boundary: "chosen because its result was expected to tell most",
  stream: "part of the unbiased stream",
  given: "taken from an earlier campaign",
  verification: "run to verify the map along its boundary",
  control: "the control",
  landmark: "with one current blocked as far as its range goes",
};

function showCurve(row, simulations, outcome) {
  const { title, unit, isPotential, time } = simulations.recordings;
  const own = simulations.curve(row);
  const what = isPotential ? "Action potential" : "Pseudo-ECG";
  element("curve-box").hidden = own === undefined;
  if (own === undefined) return;
  const control = row === simulations.control ? undefined : simulations.curve(simulations.control);
  const curves = [{ values: own, colour: `class-${simulations.label[row]}` }];
  if (control) curves.unshift({ values: control, colour: "grey", dashed: true });
  drawCurves(element("curve"), time, curves, unit ? `${isPotential ? "potential" : "ECG"} (${unit})` : title);
  const name = `${what} of simulation ${simulations.id[row]}, ${outcome}`;
  element("curve").setAttribute("aria-label", name);
  element("curve-caption").textContent = `${name}${control ? "; dashed: the control" : ""}`;
}
