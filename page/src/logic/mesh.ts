/** The mesh of a face: the lines that are drawn, what is said of it, and blinks; as `mimik.mesh.contours` and `mimik.temporal.blinks`. */
import type { Face, MeshReading } from "../api/results";

export const CLOSED: readonly (readonly number[])[] = [
  [10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377, 152, 148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109],
  [263, 249, 390, 373, 374, 380, 381, 382, 362, 398, 384, 385, 386, 387, 388, 466],
  [33, 7, 163, 144, 145, 153, 154, 155, 133, 173, 157, 158, 159, 160, 161, 246],
  [61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291, 409, 270, 269, 267, 0, 37, 39, 40, 185],
  [78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308, 415, 310, 311, 312, 13, 82, 81, 80, 191],
];
export const OPEN: readonly (readonly number[])[] = [
  [336, 296, 334, 293, 300],
  [107, 66, 105, 63, 70],
  [168, 6, 197, 195, 5, 4],
  [98, 97, 2, 326, 327],
];
/** The middle of each iris, and a point of its edge. */
export const IRISES: readonly (readonly [number, number])[] = [
  [473, 474],
  [468, 469],
];

/** Faces whose lines aren't drawn: those that are hidden. */
export const withoutMesh = (faces: readonly Face[]): Face[] => faces.map(({ mesh: _, ...face }) => face as Face);

const SHUT_BELOW = 0.3;
const OPEN_ABOVE = 0.45;
const LONGEST_S = 0.5;
/** Eyes that weren't seen for longer begin anew. */
const UNSEEN_S = 0.25;

/** How far the eyes are open, before smoothing: shut are they only if both are; null where none is seen. */
export function openness(mesh: MeshReading): number | null {
  const seen = [mesh.raw?.eye_openness_left, mesh.raw?.eye_openness_right].filter((value) => typeof value === "number");
  return mesh.reliable && seen.length > 0 ? Math.max(...(seen as number[])) : null;
}

/** Counts the blinks of one face. */
export class BlinkCount {
  blinks = 0;
  private last = -Infinity;
  private since: number | null = null;
  private began = false;

  add(time: number, open: number): void {
    const seen = time - this.last <= UNSEEN_S;
    if (!seen) this.since = null;
    if (this.since === null && open < SHUT_BELOW) {
      this.since = time;
      this.began = seen;
    } else if (this.since !== null && open > OPEN_ABOVE) {
      if (this.began && time - this.since <= LONGEST_S) this.blinks += 1;
      this.since = null;
    }
    this.last = time;
  }
}

/** Blinks by the face's number, since it came into sight. */
export class BlinkCounts {
  private counts = new Map<number, BlinkCount>();

  add(time: number, faces: readonly Face[]): void {
    for (const { id, mesh } of faces) {
      const open = mesh ? openness(mesh) : null;
      if (id === null || open === null) continue;
      const count = this.counts.get(id) ?? new BlinkCount();
      this.counts.set(id, count);
      count.add(time, open);
    }
  }

  of(id: number | null): number | null {
    return id === null ? null : (this.counts.get(id)?.blinks ?? null);
  }

  clear(): void {
    this.counts.clear();
  }
}
