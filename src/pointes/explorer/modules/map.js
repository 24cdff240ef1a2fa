// The map: a plane of two axes, coloured by what was learned, with simulations, drugs and a cursor on it.

import { colour, number } from "./format.js";

const MARGIN = { left: 58, right: 14, top: 12, bottom: 48 };
const GRIDS = [17, 49, 97, 193]; // nodes along an axis, of drafts and of the final map
const INTERPOLATED = 49; // a grid this fine is interpolated for finer ones
const HALVINGS = 5; // of the step between two nodes
const LABEL_HEIGHT = 14; // pixels
const SLICE = 14; // ms of computing between two frames

/** A field of values on a grid over the plane, computed in slices of time, ever finer. */
export class Field {
  /**
   * evaluate(x, y) returns the value at shares of the ranges; whenReady is called after each grid. Values nearer to 0 than
   * `doubtful` are never interpolated.
   */
  constructor(evaluate, doubtful, whenReady) {
    Object.assign(this, { evaluate, doubtful, whenReady, run: 0, count: 0, values: [] });
  }

  /** Compute the field anew; a computation that still goes on is given up. */
  async refresh() {
    const run = ++this.run;
    let begun = performance.now();
    let grid = { count: 0, values: [] };
    for (const count of GRIDS) {
      const values = new Array(count * count);
      for (let i = 0; i < count; i++) {
        for (let j = 0; j < count; j++) {
          values[i * count + j] = between(grid, i / (count - 1), j / (count - 1), this.doubtful) ?? this.evaluate(j / (count - 1), i / (count - 1));
        }
        if (performance.now() - begun > SLICE) {
          await new Promise((resume) => setTimeout(resume));
          if (run !== this.run) return;
          begun = performance.now();
        }
      }
      grid = { count, values };
      Object.assign(this, grid);
      this.whenReady(count === GRIDS.at(-1));
    }
  }
}

/** Interpolate a coarser grid of a fine enough field; nothing near its boundaries, or if the grid is a draft. */
function between({ count, values }, y, x, doubtful) {
  if (count < INTERPOLATED) return undefined;
  const [i, j] = [y * (count - 1), x * (count - 1)];
  const [k, l] = [Math.min(Math.floor(i), count - 2), Math.min(Math.floor(j), count - 2)];
  const corners = [[k, l], [k, l + 1], [k + 1, l], [k + 1, l + 1]].map(([row, column]) => values[row * count + column]);
  const known = corners.filter(Number.isFinite).length;
  if (known === 0) return NaN;
  if (known < 4 || corners.some((value) => Math.abs(value) < doubtful || value > 0 !== corners[0] > 0)) return undefined;
  const [s, t] = [i - k, j - l];
  return (1 - s) * ((1 - t) * corners[0] + t * corners[1]) + s * ((1 - t) * corners[2] + t * corners[3]);
}

/**
 * Return the line segments, [x1, y1, x2, y2] in shares of the ranges, along which a field has a level. Where it is steep
 * between two nodes, it is evaluated between them.
 */
export function contour({ count, values, evaluate, doubtful }, level, isFinal) {
  const segments = [];
  const crossing = (a, b, from, to) => {
    const place = (t) => [from[0] + t * (to[0] - from[0]), from[1] + t * (to[1] - from[1])];
    if (!isFinal || Math.abs(b - a) < doubtful) return place(a / (a - b));
    let [low, high] = [0, 1];
    for (let halving = 0; halving < HALVINGS; halving++) {
      const middle = (low + high) / 2;
      if (evaluate(...place(middle)) - level > 0 === a > 0) low = middle;
      else high = middle;
    }
    return place((low + high) / 2);
  };
  for (let i = 0; i + 1 < count; i++) {
    for (let j = 0; j + 1 < count; j++) {
      const corners = [[i, j], [i, j + 1], [i + 1, j + 1], [i + 1, j]];
      const at = corners.map(([row, column]) => values[row * count + column] - level);
      if (at.every((value) => value > 0 === at[0] > 0)) continue;
      const places = corners.map(([row, column]) => [column / (count - 1), row / (count - 1)]);
      const crossed = [];
      for (let k = 0; k < 4; k++) {
        const next = (k + 1) % 4;
        if (at[k] > 0 !== at[next] > 0) crossed.push(crossing(at[k], at[next], places[k], places[next]));
      }
      for (let k = 0; k + 1 < crossed.length; k += 2) segments.push([...crossed[k], ...crossed[k + 1]]);
    }
  }
  return segments;
}

/** The canvas of the map. */
export class PlaneMap {
  constructor(canvas, space) {
    Object.assign(this, { canvas, space, context: canvas.getContext("2d") });
    this.resize();
  }

  /** Fit the drawing to the width of the page and to the pixels of the screen. */
  resize() {
    const width = this.canvas.clientWidth;
    const height = this.canvas.clientHeight;
    const ratio = globalThis.devicePixelRatio || 1;
    this.canvas.width = Math.round(width * ratio);
    this.canvas.height = Math.round(height * ratio);
    this.context.setTransform(ratio, 0, 0, ratio, 0, 0);
    Object.assign(this, { width, height });
    this.w = width - MARGIN.left - MARGIN.right;
    this.h = height - MARGIN.top - MARGIN.bottom;
  }

  /** Return the pixel of shares of the ranges. */
  pixel([x, y]) {
    return [MARGIN.left + x * this.w, MARGIN.top + (1 - y) * this.h];
  }

  /** Return the shares of the ranges, within 0 and 1, of a pixel. */
  share(px, py) {
    const clip = (value) => Math.min(Math.max(value, 0), 1);
    return [clip((px - MARGIN.left) / this.w), clip(1 - (py - MARGIN.top) / this.h)];
  }

  clear() {
    this.context.clearRect(0, 0, this.width, this.height);
    this.labels = [];
  }

  /** Paint a field by the colour, [red, green, blue], of each of its values. */
  paint(field, paintOf) {
    const { count, values } = field;
    if (!count) return;
    const image = new ImageData(count, count);
    for (let i = 0; i < count; i++) {
      for (let j = 0; j < count; j++) image.data.set([...paintOf(values[i * count + j]), 255], 4 * ((count - 1 - i) * count + j));
    }
    const small = new OffscreenCanvas(count, count);
    small.getContext("2d").putImageData(image, 0, 0);
    const context = this.context;
    context.save();
    context.beginPath();
    context.rect(MARGIN.left, MARGIN.top, this.w, this.h);
    context.clip();
    const [dx, dy] = [this.w / (count - 1), this.h / (count - 1)];
    context.imageSmoothingQuality = "high";
    context.drawImage(small, MARGIN.left - dx / 2, MARGIN.top - dy / 2, this.w + dx, this.h + dy);
    context.restore();
  }

  /** Draw segments of a contour. */
  line(segments, { width = 1.6, stroke = "#000" } = {}) {
    const context = this.context;
    context.save();
    Object.assign(context, { lineWidth: width, strokeStyle: stroke, lineCap: "round" });
    context.beginPath();
    for (const [x1, y1, x2, y2] of segments) {
      context.moveTo(...this.pixel([x1, y1]));
      context.lineTo(...this.pixel([x2, y2]));
    }
    context.stroke();
    context.restore();
  }

  /** Draw a path through points, as far as it runs within the plane. */
  path(points, { width = 2, stroke = "#000" } = {}) {
    const context = this.context;
    context.save();
    context.beginPath();
    context.rect(MARGIN.left, MARGIN.top, this.w, this.h);
    context.clip();
    for (const [lineWidth, strokeStyle] of [[width + 2.5, "rgb(255 255 255 / 75%)"], [width, stroke]]) {
      Object.assign(context, { lineWidth, strokeStyle, lineJoin: "round" });
      context.beginPath();
      points.forEach((point, k) => (k ? context.lineTo(...this.pixel(point)) : context.moveTo(...this.pixel(point))));
      context.stroke();
    }
    context.restore();
  }

  /** Draw a symbol: circle, triangle, cross, diamond, square or star. */
  symbol(kind, at, { size = 4.5, fill = "#fff", stroke = "#000", alpha = 1, width = 1.4 } = {}) {
    const context = this.context;
    const [x, y] = this.pixel(at);
    const polygon = (angles, radii = [1]) => {
      angles.forEach((angle, k) => {
        const radius = size * radii[k % radii.length];
        context[k ? "lineTo" : "moveTo"](x + radius * Math.sin(angle), y - radius * Math.cos(angle));
      });
      context.closePath();
    };
    const turns = (count, first = 0) => Array.from({ length: count }, (_, k) => first + (2 * Math.PI * k) / count);
    context.save();
    Object.assign(context, { globalAlpha: alpha, fillStyle: fill, strokeStyle: stroke, lineWidth: width });
    context.beginPath();
    if (kind === "circle") context.arc(x, y, size * 0.9, 0, 2 * Math.PI);
    else if (kind === "triangle") polygon(turns(3), [1.15]);
    else if (kind === "diamond") polygon(turns(4), [1.2]);
    else if (kind === "square") polygon(turns(4, Math.PI / 4), [1.2]);
    else if (kind === "down") polygon(turns(3, Math.PI), [1.15]);
    else if (kind === "star") polygon(turns(10), [1.5, 0.65]);
    else for (const [dx, dy] of [[1, 1], [1, -1]]) {
      context.moveTo(x - size * dx * 0.8, y - size * dy * 0.8);
      context.lineTo(x + size * dx * 0.8, y + size * dy * 0.8);
    }
    if (kind !== "cross") context.fill();
    context.stroke();
    context.restore();
  }

  /** Write a label beside a point, or above it with a line to it, clear of the labels that are there. */
  label(text, at, fill = "#000") {
    const context = this.context;
    const [x, y] = this.pixel(at);
    context.save();
    context.font = "600 12px system-ui, sans-serif";
    const width = context.measureText(text).width;
    const beside = [[x + 10, y + 4], [x - 10 - width, y + 4], [x - width / 2, y - 12], [x - width / 2, y + 20]];
    const above = Array.from({ length: 6 }, (_, k) => [x + 10 - (x > this.width / 2 ? width + 20 : 0), y - 10 - k * LABEL_HEIGHT]);
    const isFree = ([left, base]) =>
      left > MARGIN.left && left + width < this.width - MARGIN.right && base > MARGIN.top + 10 && base < MARGIN.top + this.h + 6 &&
      this.labels.every((other) => left > other.right || left + width < other.left || Math.abs(base - other.base) >= LABEL_HEIGHT);
    const [left, base] = [...beside, ...above].find(isFree) ?? beside[0];
    if (base < y - 12) this.line([[...at, ...this.share(left + width / 2, base)]], { width: 0.8, stroke: fill });
    this.labels.push({ left, right: left + width, base });
    Object.assign(context, { fillStyle: fill, strokeStyle: "rgb(255 255 255 / 85%)", lineWidth: 3.5, lineJoin: "round" });
    context.strokeText(text, left, base);
    context.fillText(text, left, base);
    context.restore();
  }

  /** Draw the cursor, and a line to the nearest simulation. */
  cursor(at, nearest, isHeld) {
    const [x, y] = this.pixel(at);
    const context = this.context;
    context.save();
    Object.assign(context, { strokeStyle: "#222", lineWidth: 1 });
    context.setLineDash([2, 3]);
    context.beginPath();
    context.moveTo(x, MARGIN.top);
    context.lineTo(x, MARGIN.top + this.h);
    context.moveTo(MARGIN.left, y);
    context.lineTo(MARGIN.left + this.w, y);
    context.stroke();
    context.setLineDash([]);
    if (nearest) {
      const [nx, ny] = this.pixel(nearest);
      context.lineWidth = 1.6;
      context.beginPath();
      context.moveTo(x, y);
      context.lineTo(nx, ny);
      context.stroke();
      context.beginPath();
      context.arc(nx, ny, 9, 0, 2 * Math.PI);
      context.stroke();
    }
    context.fillStyle = isHeld ? "#222" : "#fff";
    context.beginPath();
    context.arc(x, y, 5, 0, 2 * Math.PI);
    context.fill();
    context.lineWidth = 2;
    context.stroke();
    context.restore();
  }

  /** Draw the frame, marks and titles of the two axes. */
  axes(k, l) {
    const context = this.context;
    const { left, top } = MARGIN;
    context.save();
    Object.assign(context, { strokeStyle: "#555", fillStyle: colour("text"), lineWidth: 1, textAlign: "center" });
    context.strokeRect(left, top, this.w, this.h);
    context.font = "12px system-ui, sans-serif";
    const thinned = (axis, length) => {
      const ticks = this.space.ticks(axis);
      let last = -Infinity;
      return ticks.filter((tick) => {
        const place = this.space.share(axis, tick) * length;
        if (place - last < 30) return false;
        last = place;
        return true;
      });
    };
    for (const tick of thinned(k, this.w)) {
      const [x] = this.pixel([this.space.share(k, tick), 0]);
      context.fillText(number(tick), x, top + this.h + 17);
      context.fillRect(x, top + this.h, 1, 4);
    }
    context.textAlign = "right";
    for (const tick of thinned(l, this.h)) {
      const [, y] = this.pixel([0, this.space.share(l, tick)]);
      context.fillText(number(tick), left - 8, y + 4);
      context.fillRect(left - 4, y, 4, 1);
    }
    context.font = "600 13px system-ui, sans-serif";
    context.textAlign = "center";
    context.fillText(axisTitle(this.space.axes[k]), left + this.w / 2, this.height - 8);
    context.translate(15, top + this.h / 2);
    context.rotate(-Math.PI / 2);
    context.fillText(axisTitle(this.space.axes[l]), 0, 0);
    context.restore();
  }
}

/** Return the title of an axis with its unit. */
export function axisTitle({ title, unit, isBlock }) {
  const shown = isBlock ? "fraction" : unit;
  return (title[0].toUpperCase() + title.slice(1)) + (shown ? ` (${shown})` : "");
}
