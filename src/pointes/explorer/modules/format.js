// Numbers as text, and elements of the page. All text is set as text, never as HTML.

/** Return a number with some significant digits, without an exponent where it is short. */
export function number(value, digits = 3) {
  if (value === null || !Number.isFinite(value)) return "not known";
  const text = Number(value.toPrecision(digits));
  if (text === 0) return "0";
  return Math.abs(text) >= 1e-4 && Math.abs(text) < 1e6 ? String(text).replace("-", "−") : text.toExponential();
}

/** Return a number with its unit. */
export function withUnit(value, unit, digits = 3) {
  return unit && Number.isFinite(value ?? NaN) ? `${number(value, digits)} ${unit}` : number(value, digits);
}

/** Return a probability in per cent. */
export function percent(probability) {
  if (probability < 0.001) return "< 0.1 %";
  if (probability > 0.999) return "> 99.9 %";
  return `${(100 * probability).toFixed(probability > 0.1 && probability < 0.9 ? 0 : 1)} %`;
}

/** Return the element of the page with an id. */
export function element(id) {
  return document.getElementById(id);
}

/** Return a new element with properties and children, which are elements or text. */
export function create(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

/** Return a new element of an SVG with attributes. */
export function drawn(tag, attributes, text = "") {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.textContent = text;
  return made;
}

/** Return the colour of a name in the style of the page. */
export function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}
