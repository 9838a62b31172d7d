import { describe, expect, it } from "vitest";
import { joinGroups, planePaths, rangeOf } from "../src/logic/groups";
import { FILL, heightOf, stack, zeroOf, type Lane } from "../src/logic/lanes";
import { slideAt, slideIntervals, slideSeconds } from "../src/logic/slides";
import { Timeline, Track } from "../src/logic/timeline";
import { face, frame } from "./astronaut";

describe("a person's columns", () => {
  it("fills what wasn't read with holes", () => {
    const track = new Track(60, 1);
    track.add(0, { a: 1 });
    track.add(0.5, { a: 2, b: 3 });
    expect(track.slice(["a", "b", "c"], 0)).toEqual([[0, 0.5], [1, 2], [null, 3], [null, null]]);
    expect(track.slice(["a"], 0.4)).toEqual([[0.5], [2]]);
  });

  it("leaves a hole where the person was away, and nothing for a time that went back", () => {
    const track = new Track(60, 1);
    track.add(0, { a: 1 });
    track.add(5, { a: 2 });
    track.add(4, { a: 9 });
    expect(track.slice(["a"], 0)).toEqual([[0, 0.001, 5], [1, null, 2]]);
  });

  it("forgets what is old", () => {
    const timeline = new Timeline(10, 100);
    for (let index = 0; index < 1000; index += 1) timeline.add(frame(index / 10));
    const track = timeline.tracks.get(0) as Track;
    expect(track.times.length).toBeLessThan(320);
    expect(track.columns.get("emotion:happy")?.length).toBe(track.times.length);
    timeline.add(frame(200, [face({ id: 4 })]));
    expect([...timeline.tracks.keys()]).toEqual([4]);
  });

  it("holds all signals of a face", () => {
    const names = [...(Timeline.of([frame(0)]).tracks.get(0)?.columns.keys() ?? [])];
    expect(names).toContain("emotion:disgust");
    expect(names).toContain("au:AU12");
    expect(names).toContain("valence");
  });
});

describe("lanes", () => {
  const lanes: Lane[] = [
    { name: "a", label: "a", low: 0, high: 1 },
    { name: "v", label: "v", low: -1, high: 1 },
  ];

  it("stand one above the other", () => {
    expect(heightOf(1, lanes[0]!, 0, 2)).toBeCloseTo(1 + FILL);
    expect(heightOf(0, lanes[0]!, 0, 2)).toBe(1);
    expect(zeroOf(lanes[1]!, 1, 2)).toBeCloseTo(FILL / 2);
    expect(stack([[0, null, 7], [-1, 0, 1]], lanes)[0]).toEqual([1, null, 1 + FILL]);
  });
});

describe("groups", () => {
  it("share one axis of time", () => {
    const line = (time_s: number[], mean: number[]) => ({ group: "g", n: 2, time_s, mean, low: mean, high: mean });
    const [times, first, , , second] = joinGroups([line([0, 1], [1, 2]), line([0.5, 1], [3, 4])]);
    expect(times).toEqual([0, 0.5, 1]);
    expect(first).toEqual([1, null, 2]);
    expect(second).toEqual([null, 3, 4]);
  });

  it("have a range that fits the signal", () => {
    expect(rangeOf("emotion:happy", [[0.9, 1]])).toEqual([0, 1]);
    expect(rangeOf("valence", [])).toEqual([-1, 1]);
    expect(rangeOf("valence", [[-0.2, 0.2]])[0]).toBeCloseTo(-0.25);
  });

  it("go through the plane, each at its place at a time", () => {
    const line = (mean: (number | null)[]) => ({ group: "g", n: 2, time_s: [0, 1, 2], mean, low: mean, high: mean });
    const [way] = planePaths([line([0, 0.4, null])], [line([0.2, 0.6, 0.9])], 1.5);
    expect(way?.points).toEqual([
      { valence: 0, arousal: 0.2 },
      { valence: 0.4, arousal: 0.6 },
    ]);
    expect(way?.at).toEqual({ valence: 0.4, arousal: 0.6 });
    expect(planePaths([line([0, 0.4, null])], [line([0.2, 0.6, 0.9])], null)[0]?.at?.valence).toBeCloseTo(0.2);
    expect(planePaths([line([null, null, null])], [], 0)[0]?.at).toBeNull();
  });
});

describe("pictures as a stimulus", () => {
  it("follow one another, and the last one stays", () => {
    expect([0, 1.99, 2, 5.9, 60, -1].map((time) => slideAt(time, 2, 3))).toEqual([0, 0, 1, 2, 2, 0]);
  });

  it("become intervals, as far as they were shown", () => {
    expect(slideIntervals(["a", "b", "c"], 2, 3.5)).toEqual([
      { label: "a", time_s: 0, end_s: 2 },
      { label: "b", time_s: 2, end_s: 3.5 },
    ]);
    expect(slideIntervals(["a"], 2, 2)).toEqual([]);
  });

  it("were shown as long as the sessions' own intervals say, the usual time first", () => {
    const of = (session: number, label: string, start_s: number) => ({ session, label, start_s });
    const rows = [
      ...[1, 2, 3].map((session) => of(session, "a", 0)),
      ...[of(1, "b", 10), of(2, "b", 2), of(3, "b", 2), of(3, "joke", 1), of(3, "c", 4)],
    ];
    expect(slideSeconds(["a", "b", "c"], rows)).toEqual([2, 10]);
    expect(slideSeconds(["a", "a"], [of(1, "a", 0), of(1, "a", 3)])).toEqual([3]);
    expect(slideSeconds(["a"], rows)).toEqual([]);
    expect(slideSeconds(["x", "y"], rows)).toEqual([]);
  });
});
