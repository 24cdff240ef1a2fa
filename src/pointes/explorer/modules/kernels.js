// Prior covariances, as in src/pointes/campaign/commands/reader.py: of a class, of two fidelities, and of a quantity.
// Each kernel returns the covariances of one input with all training points, and the variance of one input.

import { dot, row } from "./arrays.js";

/** Kernel of a class over the first d inputs: bends, and a trend of lines and parabolas. */
export class TrendKernel {
  constructor(points, lengthScales, trend) {
    this.lengths = lengthScales;
    this.square = trend * trend;
    const [n, width] = points.shape;
    const d = lengthScales.length;
    this.scaled = new Float64Array(n * d);
    for (let i = 0; i < n; i++) for (let j = 0; j < d; j++) this.scaled[i * d + j] = points[i * width + j] / lengthScales[j];
    this.bases = Array.from({ length: n }, (_, i) => this.basis(row(points, i)));
    this.whole = 1;
    if (trend) for (const l of lengthScales) this.whole += this.square * (1 / 12 / l ** 2 + 0.5 / 180 / l ** 4);
    this.whole += this.square;
  }

  basis(x) {
    const basis = [1];
    for (let j = 0; j < this.lengths.length; j++) basis.push((x[j] - 0.5) / this.lengths[j]);
    for (let j = 0; j < this.lengths.length; j++) {
      basis.push((basis[j + 1] ** 2 - 1 / 12 / this.lengths[j] ** 2) / Math.SQRT2);
    }
    return basis;
  }

  covariances(x) {
    const d = this.lengths.length;
    const basis = this.basis(x);
    const found = new Float64Array(this.bases.length);
    for (let i = 0, at = 0; i < found.length; i++) {
      let distance = 0;
      for (let j = 0; j < d; j++, at++) distance += (this.scaled[at] - x[j] / this.lengths[j]) ** 2;
      found[i] = (Math.exp(-0.5 * distance) + this.square * dot(this.bases[i], basis)) / this.whole;
    }
    return found;
  }

  variance(x) {
    const basis = this.basis(x);
    return (1 + this.square * dot(basis, basis)) / this.whole;
  }
}

/** Kernel of two fidelities, whose factors are the last two inputs. */
export class JointKernel {
  constructor(points, low, gap) {
    Object.assign(this, { points, low, gap });
  }

  covariances(x) {
    const [ofLow, ofGap] = x.slice(-2);
    const found = this.low.covariances(x);
    const gap = this.gap.covariances(x);
    for (let i = 0; i < found.length; i++) {
      const [low, high] = row(this.points, i).slice(-2);
      found[i] = low * ofLow * found[i] + high * ofGap * gap[i];
    }
    return found;
  }

  variance(x) {
    const [ofLow, ofGap] = x.slice(-2);
    return ofLow ** 2 * this.low.variance(x) + ofGap ** 2 * this.gap.variance(x);
  }
}

/** Kernel of a quantity: effects of single inputs, of pairs, of triples and so on. */
export class AnovaKernel {
  constructor(part) {
    this.part = part;
    this.d = part.length_scales.length;
    this.located = Array.from({ length: part.points.shape[0] }, (_, i) => this.locate(row(part.points, i)));
  }

  base(distance, i) {
    const z = distance / this.part.length_scales[i];
    if (this.part.smooth) return Math.exp(-0.5 * z * z);
    const s = Math.sqrt(5) * z;
    return (1 + s + (s * s) / 3) * Math.exp(-s);
  }

  /** Return the warped inputs of a point, and their projections, which centre the effects. */
  locate(x) {
    const { warps, nodes, node_weights: weights, total } = this.part;
    const warped = [];
    const projections = [];
    for (let i = 0; i < this.d; i++) {
      const c = warps[i];
      const u = c === 0 ? x[i] : -Math.log1p(Math.expm1(-c) * x[i]) / c;
      let sum = 0;
      for (let q = 0; q < nodes.length; q++) sum += weights[q] * this.base(Math.abs(u - nodes[q]), i);
      warped.push(u);
      projections.push(sum / Math.sqrt(total[i]));
    }
    return { warped, projections };
  }

  between(a, b) {
    const { effects, pairs, shares, interactions, centred, amplitude } = this.part;
    const e = [];
    for (let i = 0; i < this.d; i++) {
      const base = this.base(Math.abs(a.warped[i] - b.warped[i]), i);
      e.push((base - a.projections[i] * b.projections[i]) / centred[i]);
    }
    let covariance = 1;
    for (let i = 0; i < this.d; i++) covariance += (0.5 * dot(row(pairs, i), e) + effects[i]) * e[i];
    if (interactions.length) {
      const sums = [1, ...new Array(interactions.length + 2).fill(0)];
      for (let i = 0; i < this.d; i++) {
        for (let order = sums.length - 1; order > 0; order--) sums[order] += shares[i] * e[i] * sums[order - 1];
      }
      for (let k = 0; k < interactions.length; k++) covariance += interactions[k] * sums[k + 3];
    }
    return covariance * amplitude ** 2;
  }

  covariances(x) {
    const at = this.locate(x);
    return Float64Array.from(this.located, (one) => this.between(one, at));
  }

  variance(x) {
    const at = this.locate(x);
    return this.between(at, at);
  }
}
