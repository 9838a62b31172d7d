import { describe, expect, it } from "vitest";
import type { Box, Face, Frame } from "../src/api/results";
import { Hidden, hiddenArea } from "../src/logic/hiding";

const frame = (time_s: number, ...faces: [number | null, Box][]): Frame =>
  ({ time_s, faces: faces.map(([id, box_xyxy]) => ({ id, box_xyxy }) as Face) }) as Frame;
const HERE: Box = [10, 10, 30, 40];
const THERE: Box = [50, 10, 70, 40];

describe("boxes to hide", () => {
  it("holds the place of a face that is lost for less than a second", () => {
    const hidden = new Hidden();
    expect(hidden.boxes(frame(0, [1, HERE]))).toEqual([HERE]);
    expect(hidden.boxes(frame(0.5))).toEqual([HERE]);
    expect(hidden.boxes(frame(0.9, [2, THERE]))).toEqual([HERE, THERE]);
    expect(hidden.boxes(frame(1.5, [2, THERE]))).toEqual([THERE]);
  });

  it("follows a face, and hides one without an id", () => {
    const hidden = new Hidden();
    hidden.boxes(frame(0, [1, HERE]));
    expect(hidden.boxes(frame(0.1, [1, THERE], [null, HERE]))).toEqual([THERE, HERE]);
    expect(hidden.boxes(frame(0.2))).toEqual([THERE]);
  });
});

describe("the area of a hidden face", () => {
  it("is a quarter larger on each side, within the picture", () => {
    expect(hiddenArea([40, 40, 80, 80], 200, 200)).toEqual({ left: 30, top: 30, width: 60, height: 60 });
    expect(hiddenArea([0, 0, 40, 40], 200, 45)).toEqual({ left: 0, top: 0, width: 50, height: 45 });
    expect(hiddenArea([300, 0, 340, 40], 200, 200)).toBeNull();
  });
});
