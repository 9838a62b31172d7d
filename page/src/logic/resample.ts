/** Sound at another rate: low-passed and sampled anew, block by block without seams. Pure. */

/** Zero crossings of the filter on each side: more are steeper, and take longer. */
const CROSSINGS = 16;
/** Share of the lower Nyquist frequency that is kept. */
const KEPT = 0.94;

const divisor = (one: number, other: number): number => (other === 0 ? one : divisor(other, one % other));

/** A sinc at `x` samples from its middle, windowed (Hann) to `reach` samples. */
function tap(x: number, cut: number, reach: number): number {
  const sinc = x === 0 ? 1 : Math.sin(Math.PI * cut * x) / (Math.PI * cut * x);
  return Math.abs(x) >= reach ? 0 : cut * sinc * (0.5 + 0.5 * Math.cos((Math.PI * x) / reach));
}

export class Resampler {
  private readonly up: number;
  private readonly down: number;
  private readonly reach: number;
  /** The filter at each place that an output can have between two samples. */
  private readonly taps: Float32Array[];
  private held: Float32Array;
  /** Of the next output, in parts of a sample from the first one that is held. */
  private place: number;

  constructor(from: number, to: number) {
    const common = divisor(Math.round(from), Math.round(to));
    this.up = Math.round(to) / common;
    this.down = Math.round(from) / common;
    const cut = KEPT * Math.min(1, to / from);
    this.reach = Math.ceil(CROSSINGS / cut);
    this.taps = Array.from({ length: this.up }, (_, part) =>
      Float32Array.from({ length: 2 * this.reach }, (_, k) => tap(k + 1 - this.reach - part / this.up, cut, this.reach)),
    );
    this.held = new Float32Array(this.reach);
    this.place = this.reach * this.up;
  }

  /** What follows from these samples; the last few wait for the next ones. */
  push(samples: Float32Array): Float32Array {
    if (this.up === 1 && this.down === 1) return samples;
    const all = new Float32Array(this.held.length + samples.length);
    all.set(this.held);
    all.set(samples, this.held.length);
    const made: number[] = [];
    for (let first = this.first; first + 2 * this.reach <= all.length; first = this.first) {
      made.push(this.sum(all, first));
      this.place += this.down;
    }
    const done = Math.min(Math.max(0, this.first), all.length);
    this.held = all.slice(done);
    this.place -= done * this.up;
    return Float32Array.from(made);
  }

  /** The first sample that the next output is made of. */
  private get first(): number {
    return Math.floor(this.place / this.up) - this.reach + 1;
  }

  private sum(all: Float32Array, first: number): number {
    const taps = this.taps[this.place % this.up] as Float32Array;
    let sum = 0;
    for (let k = 0; k < taps.length; k += 1) sum += (taps[k] as number) * (all[first + k] as number);
    return sum;
  }
}
