// The recording of a simulation as a small chart: its action potential or its ECG, beside that of the control.

import { colour, drawn, number } from "./format.js";

const [WIDTH, HEIGHT, LEFT, BOTTOM, TOP] = [360, 170, 46, 34, 8];

/** Draw curves, each with values, a colour and a line style, over times [ms] into an SVG. */
export function drawCurves(svg, time, curves, title) {
  svg.replaceChildren();
  svg.setAttribute("viewBox", `0 0 ${WIDTH} ${HEIGHT}`);
  const values = curves.flatMap((curve) => curve.values.filter(Number.isFinite));
  if (!values.length) return;
  const lowest = values.reduce((a, b) => Math.min(a, b));
  const highest = values.reduce((a, b) => Math.max(a, b));
  const margin = (highest - lowest || 1) * 0.05;
  const [low, high, end] = [lowest - margin, highest + margin, time[time.length - 1]];
  const x = (t) => LEFT + (t / end) * (WIDTH - LEFT - 8);
  const y = (v) => TOP + ((high - v) / (high - low)) * (HEIGHT - TOP - BOTTOM);
  for (const t of marks(0, end, 5)) {
    svg.append(drawn("text", { x: x(t), y: HEIGHT - BOTTOM + 14, "text-anchor": "middle" }, number(t)));
    svg.append(drawn("line", { x1: x(t), x2: x(t), y1: HEIGHT - BOTTOM, y2: HEIGHT - BOTTOM + 3, class: "axis" }));
  }
  for (const v of marks(low, high, 4)) {
    svg.append(drawn("text", { x: LEFT - 6, y: y(v) + 4, "text-anchor": "end" }, number(v)));
    svg.append(drawn("line", { x1: LEFT, x2: WIDTH - 8, y1: y(v), y2: y(v), class: "grid" }));
  }
  svg.append(drawn("line", { x1: LEFT, x2: WIDTH - 8, y1: HEIGHT - BOTTOM, y2: HEIGHT - BOTTOM, class: "axis" }));
  svg.append(drawn("text", { x: (WIDTH + LEFT) / 2, y: HEIGHT - 4, "text-anchor": "middle" }, "time since the stimulus (ms)"));
  svg.append(drawn("text", { x: 4 - HEIGHT / 2 + BOTTOM / 2, y: 11, "text-anchor": "middle", transform: "rotate(-90)" }, title));
  for (const curve of curves) {
    let path = "";
    curve.values.forEach((v, i) => {
      if (Number.isFinite(v)) path += `${path ? "L" : "M"}${x(time[i]).toFixed(1)} ${y(v).toFixed(1)}`;
    });
    const dash = curve.dashed ? { "stroke-dasharray": "4 3" } : {};
    svg.append(drawn("path", { d: path, fill: "none", stroke: colour(curve.colour), "stroke-width": 1.6, ...dash }));
  }
}

/** Return round numbers from low to high, about as many as asked for. */
export function marks(low, high, count) {
  const rough = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].find((digit) => digit * power >= rough) * power;
  const found = [];
  for (let k = Math.ceil(low / step); k * step <= high; k++) found.push(k * step);
  return found;
}
