// Drugs and a typed compound on the map: the list to choose from, their paths, and their critical multiples.

import { create, element, number, percent } from "./format.js";
import { criticalMultiple, Mistake, pointAt, readCompound } from "./compounds.js";

const PATH = 160; // points of a path
const SYMBOLS = { high: "diamond", intermediate: "square", low: "circle", "": "down" };
const STATUS = {
  not_reached: "never",
  below_smallest_dose: "< 0.001",
  beyond_map: "beyond the map",
  nothing_learned: "nothing learned",
  uncertainty_unknown: "uncertainty unknown",
};
const GLYPHS = { diamond: "◆", square: "■", circle: "●", down: "▼" };

/** Return the drugs of the data as compounds. */
export function compoundsOf(drugs) {
  if (!drugs) return [];
  return drugs.name.map((name, k) => ({
    name,
    category: drugs.category[k],
    colour: `category-${drugs.category[k] || "unknown"}`,
    symbol: SYMBOLS[drugs.category[k]] ?? "down",
    cmax: drugs.cmax[k],
    channels: Object.fromEntries(drugs.channels.map((channel, c) => [channel, { ic50: drugs.ic50[k][c], hill: drugs.hill[k][c] }])),
    critical: drugs.critical.map(({ value, status }) => ({ value: value[k], status: status[k] })),
  }));
}

/** Return a critical multiple with its interval as text. */
function criticalAsText([middle, ...bounds]) {
  const text = ({ value, status }) => (status === "reached" ? number(value) : STATUS[status]);
  return middle.status === "reached" && bounds[0].status !== "uncertainty_unknown"
    ? `${text(middle)} (${bounds.map(text).join(" to ")})` : text(middle);
}

/** Fill the list of drugs; choose is called with the names that are chosen. */
export function listDrugs(compounds, chosen, choose) {
  const rank = ({ critical: [{ value, status }] }) => (status === "below_smallest_dose" ? 0 : value ?? Infinity);
  const sorted = [...compounds].sort((a, b) => rank(a) - rank(b));
  element("drug-rows").replaceChildren(...sorted.map((compound) => {
    const box = create("input", { type: "checkbox", value: compound.name, checked: chosen.has(compound.name) });
    box.addEventListener("change", () => {
      if (box.checked) chosen.add(compound.name);
      else chosen.delete(compound.name);
      choose();
    });
    const mark = create("span", { className: "mark", ariaHidden: "true" }, GLYPHS[compound.symbol]);
    mark.style.color = `var(--${compound.colour})`;
    const category = create("span", { className: "visually-hidden" }, `, ${compound.category || "unknown"} risk`);
    const row = create("tr", {},
      create("th", { scope: "row" }, create("label", {}, box, mark, compound.name, category)),
      create("td", { className: "risk" }),
      create("td", {}, criticalAsText(compound.critical)));
    row.dataset.drug = compound.name;
    return row;
  }));
}

/** Write the risk of each drug at a dose into the list. */
export function updateRisks(compounds, multiple, risk, space) {
  for (const row of element("drug-rows").children) {
    const compound = compounds.find(({ name }) => name === row.dataset.drug);
    row.querySelector(".risk").textContent = riskAsText(compound, multiple, risk, space);
  }
}

/** Return the risk of a compound at a dose as text. */
export function riskAsText(compound, multiple, risk, space) {
  const point = pointAt(compound, multiple, space);
  return space.holds(point) ? percent(risk(point)) : "outside the map";
}

/** Draw compounds on the map: their paths, and where they are at a dose. */
export function drawCompounds(map, compounds, multiple, space, [k, l], { smallest, largest }, colour) {
  const place = (compound, at) => {
    const shares = space.unit(pointAt(compound, at, space));
    return [shares[k], shares[l]];
  };
  for (const compound of compounds) {
    const path = Array.from({ length: PATH + 1 }, (_, i) => place(compound, smallest * (largest / smallest) ** (i / PATH)));
    map.path(path, { stroke: colour(compound.colour), width: compound.width ?? 2 });
  }
  const here = compounds.map((compound) => ({ ...compound, at: place(compound, multiple) }));
  const shown = here.filter(({ at }) => at.every((share) => share >= 0 && share <= 1));
  for (const { symbol, size, at, colour: name, stroke } of shown) {
    map.symbol(symbol, at, { size: size ?? 6.5, fill: colour(name), stroke: stroke ?? "#fff" });
    map.labels.push({ left: map.pixel(at)[0] - 6, right: map.pixel(at)[0] + 6, base: map.pixel(at)[1] + 4 });
  }
  for (const { name, at, colour: ofMark, text } of shown) map.label(name, at, text ?? colour(ofMark));
}

/** Read the typed compound, and say what becomes of it; return it, or nothing if there is a mistake. */
export function placeTyped(rules, surrogate, space, ofClass) {
  const said = element("compound-said");
  const [box, cmaxBox] = [element("compound-text"), element("compound-cmax")];
  try {
    const compound = readCompound(box.value, cmaxBox.value, rules);
    const others = Object.keys(compound.channels).filter((name) => !space.axes.some((axis) => axis.name === name && axis.isBlock));
    const used = Object.keys(compound.channels).length - others.length;
    if (!used) throw new Mistake(`None of these channels is an axis of this map: expected ${space.axes.filter((axis) => axis.isBlock).map(({ name }) => name).join(", ")}.`);
    const lines = [];
    if (ofClass) {
      const critical = criticalMultiple(compound, (point) => surrogate.risk(point), space, rules);
      compound.critical = critical;
      lines.push(critical.status === "reached"
        ? `Its risk passes 0.5 at ${number(critical.value)} × Cmax (${number(critical.value * compound.cmax)} nM).`
        : { not_reached: `Its risk stays below 0.5 up to ${rules.largest} × Cmax.`,
          below_smallest_dose: `Its risk is above 0.5 at ${rules.smallest} × Cmax already.`,
          beyond_map: "It leaves the map before its risk passes 0.5." }[critical.status]);
    } else lines.push("It is on the map.");
    if (others.length) lines.push(`Not on this map, and left out: ${others.join(", ")}.`);
    said.textContent = lines.join(" ");
    said.dataset.state = "good";
    for (const one of [box, cmaxBox]) one.removeAttribute("aria-invalid");
    return { ...compound, name: "your compound", colour: "compound", symbol: "star", size: 8, width: 3.5, stroke: "#000", text: "#000" };
  } catch (mistake) {
    if (!(mistake instanceof Mistake)) throw mistake;
    said.textContent = mistake.message;
    said.dataset.state = "mistake";
    (/Cmax/.test(mistake.message) ? cmaxBox : box).setAttribute("aria-invalid", "true");
    return undefined;
  }
}
