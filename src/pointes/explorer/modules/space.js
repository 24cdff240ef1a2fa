// The axes of a campaign: values in their units, and shares of their ranges from 0 to 1.

export class Space {
  constructor(axes) {
    this.axes = axes;
  }

  /** Return the share of an axis's range at a value. */
  share(k, value) {
    const { low, high, log } = this.axes[k];
    return log ? Math.log10(value / low) / Math.log10(high / low) : (value - low) / (high - low);
  }

  /** Return the value of an axis at a share of its range. */
  value(k, share) {
    const { low, high, log } = this.axes[k];
    return log ? low * (high / low) ** share : low + share * (high - low);
  }

  /** Return a point in the unit cube. */
  unit(point) {
    return Array.from(point, (value, k) => this.share(k, value));
  }

  /** Return the point at which maps hold the axes that they do not show. */
  get held() {
    return this.axes.map((axis) => axis.held);
  }

  /** Return whether a point lies within the ranges. */
  holds(point) {
    return this.axes.every(({ low, high }, k) => point[k] >= low && point[k] <= high);
  }

  /** Return round values along an axis, at which its scale has marks. */
  ticks(k) {
    const { low, high, log } = this.axes[k];
    const found = [];
    if (log) {
      for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power++) {
        for (const digit of [1, 2, 5]) found.push(digit * 10 ** power);
      }
    } else {
      const rough = (high - low) / 5;
      const power = 10 ** Math.floor(Math.log10(rough));
      const step = [1, 2, 2.5, 5, 10].find((digit) => digit * power >= rough * 0.999) * power;
      for (let i = Math.ceil(low / step - 1e-9); i * step <= high * (1 + 1e-9); i++) found.push(i * step);
    }
    return found.filter((value) => value >= low * (1 - 1e-9) && value <= high * (1 + 1e-9));
  }
}
