// Compounds: reading one that is typed in, its block along doses, and the dose at which its risk passes 0.5.

const FORM = "CHANNEL=IC50 with its unit, such as IKr=120nM, IKr=120nM h=1.1 or ICaL=3uM";
const PER_DECADE = 20;
const HALVINGS = 12;

/** A mistake in what was typed, whose message is shown. */
export class Mistake extends Error {}

/** Return the blocked fraction of a channel at a concentration [nM]; 0 without an IC50. */
export function hillBlock(concentration, ic50, hill) {
  return ic50 === null || concentration === 0 ? 0 : 1 / (1 + Math.exp(-hill * (Math.log(concentration) - Math.log(ic50))));
}

/** Read a compound as the command `pointes drug` does; return its Cmax [nM], and IC50 [nM] and Hill coefficient by channel. */
export function readCompound(text, cmaxText, rules) {
  const entries = text.split(/[\n;]+/).map((entry) => entry.trim()).filter(Boolean);
  if (!entries.length) throw new Mistake(`No IC50: expected ${FORM}.`);
  const channels = {};
  for (const entry of entries) {
    const found = /^([^\s=]+)\s*=\s*([^\s=a-zA-Zµμ]*(?:[eE][-+]?\d+)?)\s*([^\s=]*)(?:\s+h\s*=\s*(\S+))?$/.exec(entry);
    if (!found) throw new Mistake(`“${entry}” is no IC50: expected ${FORM}.`);
    const [, name, digits, unit, hillText] = found;
    const channel = name === "hERG" ? "IKr" : name;
    if (!rules.channels.includes(channel)) {
      throw new Mistake(`Unknown channel “${name}”: expected one of hERG, ${rules.channels.join(", ")}.`);
    }
    if (channel in channels) throw new Mistake(`${channel} is given twice (hERG is the same channel as IKr).`);
    const hill = hillText === undefined ? 1 : Number(hillText);
    const [low, high] = rules.hill;
    if (!(hill >= low && hill <= high)) {
      throw new Mistake(`Hill coefficient of ${channel}, “${hillText}”: expected h= with a number from ${low} to ${high}.`);
    }
    channels[channel] = { ic50: concentration(`IC50 of ${channel}`, digits, unit, rules), hill };
  }
  const cmax = /^([^\s=a-zA-Zµμ]*(?:[eE][-+]?\d+)?)\s*(\S*)$/.exec(cmaxText.trim());
  if (!cmaxText.trim()) throw new Mistake("No Cmax: expected the free peak plasma concentration with its unit, such as 50nM.");
  if (!cmax) throw new Mistake(`Cmax, “${cmaxText}”: expected a number with the unit nM or µM, such as 50nM.`);
  return { cmax: concentration("Cmax", cmax[1], cmax[2], rules), channels };
}

function concentration(what, digits, unit, { nanomolar }) {
  const value = digits === "" ? NaN : Number(digits);
  if (!(value > 0 && Number.isFinite(value))) {
    throw new Mistake(`${what}, “${digits}${unit}”: expected a number above 0, with a decimal point if need be, and then nM or µM.`);
  }
  if (!Object.hasOwn(nanomolar, unit)) {
    throw new Mistake(`Unit of ${what}, “${unit}”: expected nM or µM after the number.`);
  }
  return value * nanomolar[unit];
}

/** Return the point of a space at a multiple of Cmax: blocks of the compound; other axes are held. */
export function pointAt(compound, multiple, space) {
  return space.axes.map(({ name, isBlock, held }) => {
    const channel = isBlock ? compound.channels[name] : undefined;
    return isBlock ? (channel ? hillBlock(multiple * compound.cmax, channel.ic50, channel.hill) : 0) : held;
  });
}

/** Return the smallest multiple of Cmax at which a risk is above 0.5, as `pointes.drugs.risk.critical_multiple` does. */
export function criticalMultiple(compound, risk, space, { smallest, largest }) {
  const judge = (logMultiple) => {
    const point = pointAt(compound, Math.exp(logMultiple), space);
    if (!space.holds(point)) return "beyond_map";
    return risk(point) > 0.5 ? "reached" : "not_reached";
  };
  const count = Math.ceil(Math.log10(largest / smallest) * PER_DECADE) + 1;
  const step = Math.log(largest / smallest) / (count - 1);
  for (let position = 0; position < count; position++) {
    let status = judge(Math.log(smallest) + position * step);
    if (status === "not_reached") continue;
    if (position === 0) return { value: null, status: status === "reached" ? "below_smallest_dose" : status };
    let [low, high] = [Math.log(smallest) + (position - 1) * step, Math.log(smallest) + position * step];
    for (let halving = 0; halving < HALVINGS; halving++) {
      const middle = (low + high) / 2;
      const there = judge(middle);
      if (there === "not_reached") low = middle;
      else [high, status] = [middle, there];
    }
    return { value: status === "reached" ? Math.exp((low + high) / 2) : null, status };
  }
  return { value: null, status: "not_reached" };
}
