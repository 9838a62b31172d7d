/** When a camera's picture was taken, by the page's clock; and whether the camera is silent, and what that costs. Pure. */

/** Beyond this a stamp and the clock no longer belong together (the machine slept, the source began anew). */
const LOST_MS = 2000;

/**
 * A source stamps its pictures by a clock of its own, evenly; they come late by as much as the machine is busy.
 * The picture that came quickest tells how far the two clocks are apart.
 */
export class CaptureClock {
  private shift = Infinity;
  private last = -Infinity;

  /** The page's time (ms) of a picture that was stamped so and came at a time. Never falls. */
  at(stampMs: number, cameMs: number): number {
    this.shift = Math.min(this.shift, cameMs - stampMs);
    if (cameMs - (stampMs + this.shift) > LOST_MS) this.shift = cameMs - stampMs;
    this.last = Math.max(this.last + 1, stampMs + this.shift);
    return this.last;
  }
}

/** How long a camera may pause or say nothing: some are slow, and on busy machines many stall for seconds. */
const SILENT_MS = 8000;
/** How often to look whether the camera is silent. */
export const LOOK_MS = 500;

/**
 * Whether a camera is silent: one that fell asleep or hangs says nothing of it, or that it is muted.
 * By as much as the page itself looks late (out of sight, on a machine that is busy or slept), that says nothing of it.
 */
export class Silence {
  private cameMs: number;
  private lookedMs: number;
  private pausedMs: number | null = null;

  constructor(nowMs: number) {
    this.cameMs = this.lookedMs = nowMs;
  }

  get paused(): boolean {
    return this.pausedMs !== null;
  }

  came(nowMs: number): void {
    this.cameMs = nowMs;
  }

  pause(on: boolean, nowMs: number): void {
    this.pausedMs = on ? nowMs : null;
  }

  /** To be asked each LOOK_MS; `blind`: the page sees no pictures for now. */
  look(nowMs: number, blind: boolean): boolean {
    const lateMs = Math.max(0, nowMs - this.lookedMs - LOOK_MS);
    this.lookedMs = nowMs;
    this.cameMs = blind ? nowMs : Math.min(nowMs, this.cameMs + lateMs);
    if (this.pausedMs !== null) this.pausedMs = Math.min(nowMs, this.pausedMs + lateMs);
    return nowMs - Math.min(this.cameMs, this.pausedMs ?? nowMs) > SILENT_MS;
  }
}

/** How many pictures a second usually come: by the median step of the last ones. */
export class UsualRate {
  private steps: number[] = [];
  private last: number | null = null;

  constructor(private readonly most = 30) {}

  add(time: number): void {
    if (this.last !== null && time > this.last) this.steps = [...this.steps.slice(1 - this.most), time - this.last];
    this.last = time;
  }

  get perSecond(): number {
    const sorted = [...this.steps].sort((one, other) => one - other);
    const middle = sorted[sorted.length >> 1];
    return middle ? 1 / middle : 0;
  }
}

/** How many pictures a stretch should have had and hadn't: none where the rate was kept to a tenth. */
export function lostFrames(perSecond: number, seconds: number, came: number): number {
  const expected = perSecond * seconds;
  const lost = Math.round(expected - came);
  return lost >= 2 && lost > 0.1 * expected ? lost : 0;
}
