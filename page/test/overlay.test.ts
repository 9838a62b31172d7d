import { beforeAll, describe, expect, it, vi } from "vitest";
import type { Face } from "../src/api/results";
import { expressionColour, OTHER_COLOUR } from "../src/logic/colours";
import { covered, type Rect } from "../src/logic/geometry";
import { colourOf, drawScene } from "../src/parts/overlay";
import { face } from "./astronaut";

/** What was drawn: plates of labels, and the words on them. */
function drawn(faces: Face[], width: number, height: number): { plates: Rect[]; words: string[] } {
  const plates: Rect[] = [];
  const words: string[] = [];
  const context = {
    measureText: (text: string) => ({ width: 7 * text.length }),
    roundRect: (left: number, top: number, width: number, height: number) => plates.push({ left, top, width, height }),
    fillText: (text: string) => words.push(text),
    ...Object.fromEntries(["beginPath", "fill", "fillRect", "stroke", "strokeRect"].map((name) => [name, () => {}])),
  } as unknown as CanvasRenderingContext2D;
  const area = { left: 0, top: 0, width, height };
  drawScene(context, { width, height, faces, chosen: null, mirrored: false, area });
  return { plates, words };
}

const crowd = (step: number): Face[] =>
  Array.from({ length: 24 }, (_, id) => {
    const [x, y] = [20 + (id % 6) * step, 20 + Math.floor(id / 6) * step];
    return face({ id, box_xyxy: [x, y, x + 40, y + 50] });
  });

describe("the overlay", () => {
  beforeAll(() => {
    vi.stubGlobal("Path2D", class { moveTo() {} lineTo() {} });
  });

  it.each([75, 100, 180])("puts no label of a crowd over another, %i pixels apart", (step) => {
    const { plates } = drawn(crowd(step), 20 + 6 * step, 20 + 4 * step);
    expect(plates).toHaveLength(24);
    plates.forEach((plate, index) => expect(covered(plate, plates.slice(0, index))).toBe(0));
  });

  it("says all of a face that has room, and counts people from 1", () => {
    expect(drawn([face({ id: 4, box_xyxy: [200, 100, 300, 220] })], 640, 480).words).toEqual([
      "5  Happy 97 %",
      "30, female?",
    ]);
  });

  it("takes the expression's colour; grey of a face that can't be trusted", () => {
    const emotion = face().emotion!;
    expect(colourOf(face({ id: 5 }))).toBe(expressionColour("happy"));
    expect(colourOf(face({ emotion: { ...emotion, label: "uncertain" } }))).toBe(OTHER_COLOUR);
    expect(colourOf(face({ quality: { ...face().quality!, reliable: false } }))).toBe("#bebebe");
  });
});
