import { describe, expect, it } from "vitest";
import type { Marker } from "../src/api/types";
import { grouped, spansOf, wishOf } from "../src/logic/neutral";

const marker = (id: number, time_s: number, end_s: number | null): Marker => ({
  id,
  time_s,
  end_s,
  label: `m${id}`,
  note: "",
});

describe("the times of a face at rest", () => {
  it("are the moment at the cursor and the marked intervals, no marked moments", () => {
    expect(spansOf(4.50004, [marker(1, 1, 2), marker(2, 3, null), marker(3, 5, 6.5)])).toEqual([
      { key: "moment", label: null, start: 4.5, end: null },
      { key: "1", label: "m1", start: 1, end: 2 },
      { key: "3", label: "m3", start: 5, end: 6.5 },
    ]);
  });

  it("hold for one person, or for everybody who is this person", () => {
    const [moment] = spansOf(2, []);
    expect(wishOf(moment, 1, [0, 1, 4], false)).toEqual({ face: 1, start_s: 2, end_s: null, also: [] });
    expect(wishOf(moment, 1, [0, 1, 4], true).also).toEqual([0, 4]);
  });

  it("are shown once for all persons who share one", () => {
    const shared = { start_s: 1, end_s: 2, frames: 9, tasks: ["emotion"] };
    const other = { ...shared, face: 7, start_s: 0 };
    const shown = grouped([{ ...shared, face: 0 }, { ...shared, face: 3 }, other]);
    expect(shown.map((group) => group.faces)).toEqual([[0, 3], [7]]);
    expect(shown[1]?.reference).toBe(other);
  });
});
