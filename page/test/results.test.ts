import { describe, expect, it } from "vitest";
import { frameAt, joinFiles, parseResults, people, ResultsError, writeResults } from "../src/logic/jsonl";
import { markerOf, runAct } from "../src/logic/keys";
import { parseGroups } from "../src/screens/studies/StudyForm";
import { face, frame } from "./astronaut";
import { span } from "./speech";

describe("results", () => {
  it("of files with one name are told apart", () => {
    const joined = joinFiles([
      { name: "a.jpg", frames: [frame(0)], spans: [] },
      { name: "b.mp4", frames: [frame(0), frame(1)], spans: [span(0.5, 0.9)] },
      { name: "a.jpg", frames: [frame(0)], spans: [] },
    ]);
    const { frames, spans } = parseResults(joined);
    expect(frames.map((one) => one.source)).toEqual(["a.jpg", "b.mp4", "b.mp4", "a.jpg (2)"]);
    expect(spans.map((one) => one.source)).toEqual(["b.mp4"]);
  });

  it("are read as they were written", () => {
    const results = { frames: [frame(0), frame(1, [])], spans: [span(0.5, 0.9)] };
    const text = writeResults(results);
    expect(parseResults(text + "\n")).toEqual(results);
    expect(text.split("\n")[1]).toContain('"type":"span"');
  });

  it("keep a task that nobody knows", () => {
    const glasses = { label: "none", probabilities: { none: 1 }, worn_since: "noon" };
    const text = writeResults({ frames: [frame(0, [face({ glasses })])], spans: [] });
    const [read] = parseResults(text).frames;
    expect(read?.faces[0]?.["glasses"]).toEqual(glasses);
  });

  it("say which line is broken", () => {
    expect(() => parseResults('{"faces": []}\n{oops')).toThrow(new ResultsError("line 2 of the results is not JSON"));
    expect(() => parseResults("7")).toThrow("line 1 of the results is no frame");
  });

  it("are found by time", () => {
    const frames = [frame(0), frame(1), frame(2)];
    expect(frameAt(frames, 1.9)).toBe(1);
    expect(frameAt(frames, 99)).toBe(2);
    expect(frameAt(frames, -1)).toBe(0);
    expect(frameAt([], 0)).toBe(-1);
  });

  it("count people", () => {
    const second = face({ id: 3 });
    expect(people([frame(0), frame(1, [face(), second])])).toEqual([
      { id: 0, frames: 2 },
      { id: 3, frames: 1 },
    ]);
  });
});

describe("small rules", () => {
  it("know the keys of markers", () => {
    expect([markerOf("m"), markerOf("3"), markerOf("0"), markerOf("Enter")]).toEqual(["M", "3", null, null]);
  });

  it("know what a key does in a study's run", () => {
    expect(runAct("7", true, true)).toEqual({ act: "mark", label: "7" });
    expect(runAct("m", false, true)).toBeNull();
    expect([runAct("f", true, true), runAct("F", false, true)]).toEqual([{ act: "fill" }, { act: "fill" }]);
    expect(runAct("f", true, false)).toBeNull();
    expect(runAct("Escape", true, true)).toBeNull();
  });

  it("divide groups by commas", () => {
    expect(parseGroups(" control, treated,,control ")).toEqual(["control", "treated"]);
  });
});
