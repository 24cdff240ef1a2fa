// What a campaign has learned, evaluated at any point: a port of src/pointes/campaign/commands/reader.py.

import { decode, dot, row, solveLower } from "./arrays.js";
import { AnovaKernel, JointKernel, TrendKernel } from "./kernels.js";
import { bothPositive, normal } from "./normal.js";

const LARGEST_CORRELATION = 1 - 1e-12;
const KNOWN = 4; // score from which no label shifts a risk
const TRIED = 4; // labels on either side whose shift is computed

/** Log odds of a risk of 0.975; a boundary lies with 95 % between those of 0.025 and 0.975. */
export const BAND = Math.log(0.975 / 0.025);

/** Return the prior covariance of a class or of a quantity. */
function kernelOf(p) {
  return "warps" in p ? new AnovaKernel(p) : new TrendKernel(p.points, p.length_scales, p.trend);
}

/** Return the arrays of a part with those of the difference of two fidelities in place of those of the low one. */
function ofDifference(p) {
  const gap = Object.entries(p).filter(([name]) => name.startsWith("gap_"));
  return { ...p, ...Object.fromEntries(gap.map(([name, value]) => [name.slice("gap_".length), value])) };
}

/** A latent function or a quantity, given the simulations. */
class Part {
  constructor(encoded) {
    const p = Object.fromEntries(Object.entries(encoded).map(([name, value]) => [name, decode(value)]));
    this.arrays = p;
    this.rule = { nodes: p.nodes, weights: p.node_weights };
    this.kernel = "factors" in p ? new JointKernel(p.points, kernelOf(p), kernelOf(ofDifference(p))) : kernelOf(p);
    this.labels = Array.from(p.rows ?? [], (index) => this.whiten(this.kernel.covariances(row(p.points, index))));
  }

  whiten(cross) {
    return solveLower(this.arrays.factor, cross.map((value, i) => this.arrays.roots[i] * value));
  }

  posterior(x) {
    const p = this.arrays;
    const cross = this.kernel.covariances(x);
    const own = this.kernel.variance(x);
    const explained = this.whiten(cross);
    const variance = Math.max(own - dot(explained, explained), p.smallest + p.rounding * own);
    return { mean: p.mean + dot(p.weights, cross), sd: p.scale * Math.sqrt(variance + p.nugget), cross, explained };
  }

  /** Return the probability that a latent function is positive; the labels that matter most are taken as signs. */
  probability(x) {
    const { mean, sd, cross, explained } = this.posterior(x);
    const before = normal(mean / sd, this.rule);
    if (Math.abs(mean / sd) >= KNOWN || !this.labels.length) return before;
    const covariance = this.labels.map((label, k) => cross[this.arrays.rows[k]] - dot(explained, label));
    let [up, down] = [0, 0];
    for (const k of this.foremost(covariance)) {
      const shift = this.shift(k, covariance[k], mean, sd * sd, before);
      [up, down] = [Math.max(up, shift), Math.min(down, shift)];
    }
    return 1 / (1 + ((1 - before) / before) * Math.exp(-up - down));
  }

  /** Return the labels on which the function depends most, and that skew it most to either side. */
  foremost(covariance) {
    const { variance, skewness } = this.arrays;
    const best = (values, better) => values.reduce((found, value, k) => (better(value, values[found]) ? k : found), 0);
    const more = (a, b) => a > b;
    const less = (a, b) => a < b;
    const found = new Set([best(covariance.map((c, k) => (c * c) / variance[k]), more)]);
    const skew = covariance.map((c, k) => skewness[k] * c * c * c);
    for (let tried = 0; tried < TRIED; tried++) {
      for (const better of [more, less]) {
        const k = best(skew, better);
        found.add(k);
        skew[k] = 0;
      }
    }
    return found;
  }

  /** Return by how much label k, as a sign, shifts the log odds. */
  shift(k, c, mean, variance, before) {
    const p = this.arrays;
    const shared = (c * p.cavity_variance[k]) / p.variance[k];
    const wide = Math.sqrt(variance + p.precision[k] * c * shared);
    const correlation = shared / wide / Math.sqrt(p.cavity_variance[k]);
    const rho = p.sign[k] * Math.min(Math.max(correlation, -LARGEST_CORRELATION), LARGEST_CORRELATION);
    const h = (mean + (c * (p.cavity_mean[k] - p.label_mean[k])) / p.variance[k]) / wide;
    const given = bothPositive(h, p.score[k], rho, this.rule) / normal(p.score[k], this.rule);
    return ((logOdds(given) - logOdds(before)) * c * c) / (p.variance[k] * variance);
  }
}

/** Return log odds, of probabilities within 1e-9 of 0 or 1 those of that distance. */
export function logOdds(probability) {
  const p = Math.min(Math.max(probability, 1e-9), 1 - 1e-9);
  return Math.log(p / (1 - p));
}

/** All that a campaign has learned; points are values of its axes in their units. */
export class Surrogate {
  constructor(parts, space) {
    this.space = space;
    this.parts = Object.fromEntries(Object.entries(parts).map(([name, encoded]) => [name, new Part(encoded)]));
  }

  get isEmpty() {
    return Object.keys(this.parts).length === 0;
  }

  /** Return the risk: the probability of class 1. */
  risk(point) {
    return this.parts.class.probability(this.inputs(this.parts.class, point));
  }

  /** Return the inputs of a part at a point: the unit cube, and what two fidelities add to it. */
  inputs(part, point) {
    const x = this.space.unit(point);
    if ("latent_range" in part.arrays) {
      const [low, high] = part.arrays.latent_range;
      x.push((this.parts.low.posterior(x).mean - low) / (high - low));
    }
    if ("factors" in part.arrays) x.push(...part.arrays.factors);
    return x;
  }

  /** Return mean and standard deviation of a quantity. */
  quantity(name, point) {
    const { mean, sd } = this.parts[name].posterior(this.inputs(this.parts[name], point));
    return { mean, sd };
  }

  /** Return the probability that quantities are defined. */
  regular(point) {
    const { region } = this.parts;
    return region ? region.probability(this.inputs(region, point)) : 1;
  }
}
