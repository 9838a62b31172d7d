/** How loud sound is. Pure. */

/** Decibels below full scale of silence, and of what fills the meter. */
export const FLOOR_DB = -60;
export const TOP_DB = -6;
/** A sample from here on is at the end of what a recording holds. */
const CLIPPED = 0.999;

export interface Level {
  /** RMS, decibels below full scale; FLOOR_DB at the least. */
  db: number;
  clipped: boolean;
  /** Nothing but zeros: not a quiet room, but a microphone that is muted. */
  dead: boolean;
}

export function levelOf(samples: Float32Array): Level {
  let [power, peak] = [0, 0];
  for (const sample of samples) {
    power += sample * sample;
    peak = Math.max(peak, Math.abs(sample));
  }
  const db = peak === 0 ? FLOOR_DB : Math.max(FLOOR_DB, 10 * Math.log10(power / samples.length));
  return { db, clipped: peak >= CLIPPED, dead: peak === 0 };
}

/** What of a meter is filled, 0 to 1. */
export function fillOf(db: number): number {
  return Math.min(1, Math.max(0, (db - FLOOR_DB) / (TOP_DB - FLOOR_DB)));
}
