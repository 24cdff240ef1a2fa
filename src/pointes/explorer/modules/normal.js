// Normal distributions of one and two variables in double precision.

const TAIL = 3; // from here on a continued fraction is exact, up to here Gauss-Legendre quadrature
const FRACTIONS = 80;

/** Return the standard normal distribution function; nodes and weights are those of Gauss-Legendre on [0, 1]. */
export function normal(z, { nodes, weights }) {
  if (Math.abs(z) < TAIL) {
    let sum = 0;
    for (let q = 0; q < nodes.length; q++) sum += weights[q] * Math.exp(-0.5 * (z * nodes[q]) ** 2);
    return 0.5 + (z * sum) / Math.sqrt(2 * Math.PI);
  }
  const x = Math.abs(z);
  let fraction = x;
  for (let k = FRACTIONS; k > 0; k--) fraction = x + k / fraction;
  const tail = Math.exp(-0.5 * x * x) / Math.sqrt(2 * Math.PI) / fraction;
  return z < 0 ? tail : 1 - tail;
}

/** Return Owen's function T(h, a): by quadrature, for slopes above 1 by reflection. */
export function owensT(h, a, rule) {
  const steep = Math.abs(a) > 1;
  const x = Math.abs(h);
  const y = x * Math.abs(a);
  const slope = steep ? 1 / Math.abs(a) : Math.abs(a);
  const scale = steep ? y : x;
  let sum = 0;
  for (let q = 0; q < rule.nodes.length; q++) {
    const square = 1 + (slope * rule.nodes[q]) ** 2;
    sum += (rule.weights[q] * Math.exp(-0.5 * scale * scale * square)) / square;
  }
  const small = (slope / (2 * Math.PI)) * sum;
  if (!steep) return Math.sign(a) * small;
  const [ofX, ofY] = [normal(-x, rule), normal(-y, rule)];
  return Math.sign(a) * ((ofX + ofY) / 2 - ofX * ofY - small);
}

/** Return the probability that normals of means h and k, unit variance and correlation rho are both positive. */
export function bothPositive(h, k, rho, rule) {
  const [x, y] = [h || 1e-100, k || 1e-100];
  const width = Math.sqrt(1 - rho * rho);
  const owen = owensT(x, (y / x - rho) / width, rule) + owensT(y, (x / y - rho) / width, rule);
  const both = (normal(x, rule) + normal(y, rule)) / 2 - owen - (x < 0 !== y < 0 ? 0.5 : 0);
  return Math.min(Math.max(both, 0), 1);
}
