/** Back-pressure: how many frames are under way, and when the next may go. */
export class Flow {
  private underWay: { time: number; at: number }[] = [];
  private lastSent = -Infinity;

  constructor(
    private readonly most = 2,
    private readonly giveUpMs = 4000,
    public minGapMs = 1000 / 30,
  ) {}

  /** Whether a frame may be sent at this moment (ms). */
  free(nowMs: number): boolean {
    this.underWay = this.underWay.filter((sent) => nowMs - sent.at < this.giveUpMs);
    return this.underWay.length < this.most && nowMs - this.lastSent >= this.minGapMs - 1;
  }

  sent(time: number, nowMs: number): void {
    this.underWay.push({ time, at: nowMs });
    this.lastSent = nowMs;
  }

  /** The answer to the frame of `time`: older ones were skipped. Returns its way there and back, ms. */
  answered(time: number, nowMs: number): number | null {
    const found = this.underWay.find((sent) => Math.abs(sent.time - time) < 1e-6);
    this.underWay = this.underWay.filter((sent) => sent.time > time + 1e-6);
    return found ? nowMs - found.at : null;
  }

  clear(): void {
    this.underWay = [];
  }
}

/** Waits between attempts to connect again, ms: quickly at first, then calmly. */
export function waitMs(attempt: number): number {
  return Math.min(5000, 400 * 2 ** Math.min(attempt, 6));
}

/** Events a second over the last few seconds. */
export class Rate {
  private times: number[] = [];

  constructor(private readonly windowMs = 3000) {}

  add(nowMs: number): void {
    this.times.push(nowMs);
    // Two are kept however old, so that a slow rate is told too.
    while (this.times.length > 2 && nowMs - (this.times[0] as number) > this.windowMs) this.times.shift();
  }

  perSecond(nowMs: number): number {
    const [first, last] = [this.times[0], this.times[this.times.length - 1]];
    if (first === undefined || last === undefined || this.times.length < 2) return 0;
    if (nowMs - last > 2 * this.windowMs) return 0;
    return ((this.times.length - 1) * 1000) / Math.max(1, last - first);
  }
}
