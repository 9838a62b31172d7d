import { describe, expect, test } from "vitest";
import type { Face, MeshReading } from "../src/api/results";
import { BlinkCounts, CLOSED, IRISES, OPEN, openness } from "../src/logic/mesh";

const mesh = (left: number | null, right: number | null, reliable = true) =>
  ({ raw: { eye_openness_left: left, eye_openness_right: right }, reliable }) as MeshReading;
const face = (open: number, id = 0) => ({ id, mesh: mesh(open, open) }) as unknown as Face;

function counted(values: number[], step = 0.04): number | null {
  const counts = new BlinkCounts();
  values.forEach((open, index) => counts.add(index * step, [face(open)]));
  return counts.of(0);
}

describe("blinks", () => {
  test("are counted when the eyes open again, and long closures are none", () => {
    expect(counted([1, 1, 0.1, 0.1, 1, 1, 0.1, 0.9])).toBe(2);
    expect(counted([1, ...Array<number>(20).fill(0.1), 1])).toBe(0);
    expect(counted([0.1, 0.1, 1])).toBe(0);
    expect(counted([1, 0.4, 1, 0.1, 0.4])).toBe(0);
  });

  test("need eyes that were seen to shut", () => {
    const counts = new BlinkCounts();
    for (const [time, open] of [[0, 1], [5, 0.1], [5.1, 1]] as const) counts.add(time, [face(open)]);
    expect(counts.of(0)).toBe(0);
    expect(counts.of(7)).toBeNull();
  });
});

test("eyes are shut only if both are, and unknown where the mesh can't be trusted", () => {
  expect(openness(mesh(0.1, 0.9))).toBe(0.9);
  expect(openness(mesh(0.1, null))).toBe(0.1);
  expect(openness(mesh(null, null))).toBeNull();
  expect(openness(mesh(0.1, 0.1, false))).toBeNull();
});

test("lines go through points that there are", () => {
  const numbers = [...CLOSED, ...OPEN, ...IRISES].flat();
  expect(Math.max(...numbers)).toBeLessThan(478);
});
