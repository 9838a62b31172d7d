import { describe, expect, it } from "vitest";
import { contain, contains, grow, place, placeLabel } from "../src/logic/geometry";
import { Hidden, hiddenArea } from "../src/logic/hiding";
import { face, frame } from "./astronaut";

describe("boxes on the screen", () => {
  it("fits a picture in a frame as object-fit does", () => {
    expect(contain(640, 360, 800, 600)).toEqual({ left: 0, top: 75, width: 800, height: 450 });
    expect(contain(0, 0, 800, 600)).toEqual({ left: 0, top: 0, width: 800, height: 600 });
  });

  it("places a box, and its mirror image where the preview is mirrored", () => {
    const area = { left: 0, top: 75, width: 1280, height: 720 };
    expect(place([100, 50, 200, 150], 640, 360, area, false)).toEqual({ left: 200, top: 175, width: 200, height: 200 });
    expect(place([100, 50, 200, 150], 640, 360, area, true).left).toBe(880);
  });

  it("grows and hits", () => {
    const rect = grow({ left: 10, top: 10, width: 10, height: 10 }, 0.5);
    expect(rect).toEqual({ left: 5, top: 5, width: 20, height: 20 });
    expect(contains(rect, 6, 24)).toBe(true);
    expect(contains(rect, 26, 24)).toBe(false);
  });

  it("puts labels within the picture and beside what is taken", () => {
    const area = { left: 0, top: 0, width: 300, height: 200 };
    const box = { left: 100, top: 5, width: 60, height: 60 };
    const first = placeLabel(box, 80, 30, area, [box]);
    expect(first.top).toBe(71);
    const second = placeLabel(box, 80, 30, area, [box, first]);
    expect(second.left).toBe(166);
  });
});

describe("hiding", () => {
  it("covers a quarter more, within the picture", () => {
    expect(hiddenArea([10, 10, 50, 50], 55, 100)).toEqual({ left: 0, top: 0, width: 55, height: 60 });
    expect(hiddenArea([80, 10, 90, 20], 60, 100)).toBeNull();
  });

  it("goes on hiding the place of a face that is missed for less than a second", () => {
    const hidden = new Hidden();
    expect(hidden.boxes(frame(0))).toHaveLength(1);
    expect(hidden.boxes(frame(0.5, []))).toHaveLength(1);
    expect(hidden.boxes(frame(0.9, []))).toHaveLength(1);
    expect(hidden.boxes(frame(1.2, []))).toHaveLength(0);
    expect(hidden.boxes(frame(3.1, [face(), face({ id: 1 })]))).toHaveLength(2);
  });
});
