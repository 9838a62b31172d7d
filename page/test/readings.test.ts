import { describe, expect, it } from "vitest";
import { best, chosenFace, classBars, emotionBars, isUncertain, otherReadings, unitBars, valenceArousal } from "../src/logic/readings";
import { labelLines } from "../src/parts/overlay";
import { headOf, isTimed, sentences, signalName, unitName } from "../src/logic/words";
import { signalsOf } from "../src/logic/timeline";
import { face } from "./astronaut";

const quality = (size_px: number) => ({ ...face().quality!, size_px });

describe("readings", () => {
  it("keeps the bars in their places and marks the best", () => {
    const bars = emotionBars(face().emotion!);
    expect(bars.map((bar) => bar.name)).toEqual(["happy", "surprise", "neutral", "sad", "fear", "angry", "disgust"]);
    expect(bars.filter((bar) => bar.best).map((bar) => bar.name)).toEqual(["happy"]);
  });

  it("shows an eighth emotion and one that it doesn't know", () => {
    const probabilities = { happy: 0.1, contempt: 0.2, awe: 0.7 };
    const names = emotionBars({ label: "awe", probabilities, raw: probabilities }).map((bar) => bar.name);
    expect(names).toEqual(["happy", "contempt", "awe"]);
  });

  it("tells uncertain from certain", () => {
    expect(isUncertain(face().gender!)).toBe(true);
    expect(best(face().gender!)).toBe("female");
    expect(isUncertain(face().emotion!)).toBe(false);
  });

  it("sorts units by their number", () => {
    const bars = unitBars(face().au!);
    expect(bars.map((bar) => [bar.code, bar.active])).toEqual([
      ["AU01", false],
      ["AU06", true],
      ["AU12", true],
      ["AU25", true],
    ]);
  });

  it("derives valence and arousal as mimik does", () => {
    const { valence, arousal } = valenceArousal(face().emotion!);
    expect(valence).toBeCloseTo(0.7886, 3);
    expect(arousal).toBeCloseTo(0.5004, 3);
    const placeless = { contempt: 1 };
    expect(valenceArousal({ label: "contempt", probabilities: placeless, raw: placeless })).toEqual({
      valence: 0,
      arousal: 0,
    });
  });

  it("chooses the largest face unless one is chosen that is there", () => {
    const [small, large] = [face({ id: 1, quality: quality(40) }), face({ id: 2, quality: quality(90) })];
    expect(chosenFace([small, large], null)?.id).toBe(2);
    expect(chosenFace([small, large], 1)?.id).toBe(1);
    expect(chosenFace([small, large], 7)?.id).toBe(2);
    expect(chosenFace([], 1)).toBeNull();
  });
});

describe("words", () => {
  const said = {
    emotion: "happy",
    supporting: ["AU12"],
    missing: [["AU06"]],
    other: [],
    units_say: "surprise",
    agrees: false,
    duchenne: false,
    reliable: true,
  };

  it("explains in sentences", () => {
    expect(sentences(said)).toEqual([
      "Pointing to happy: AU12 lip corner puller.",
      "Expected and not seen: AU06 cheek raiser.",
      "The action units alone look like surprise.",
      "The smile leaves the cheeks at rest.",
    ]);
    const [spoken] = sentences({ ...said, channels: { AU12: "mouthSmile" } });
    expect(spoken).toBe("Pointing to happy: AU12 lip corner puller (mouthSmile).");
    expect(sentences({ ...said, reliable: false })).toEqual(["The action units can't be trusted here."]);
  });

  it("names signals", () => {
    expect(signalName("emotion:happy")).toBe("happy");
    expect(signalName("au:AU12")).toBe("AU12 lip corner puller");
    expect(signalName("valence")).toBe("valence");
    expect(unitName("AU99")).toBe("AU99");
  });

  it("takes a task that it doesn't know for one of classes", () => {
    const shares = { none: 0.1, dark: 0.7, "a, b": 0.2 };
    const glasses = { label: "dark", probabilities: shares, raw: shares };
    const both = { ...face(), glasses, speaker: { score: 1 } };
    expect(otherReadings(both)).toEqual([["glasses", glasses]]);
    expect(otherReadings(face())).toEqual([]);
    expect(classBars(glasses).map((bar) => [bar.name, bar.best])).toEqual([["none", false], ["dark", true], ["a, b", false]]);
    expect(labelLines(both)).toEqual(["1  Happy 97 %", "dark, 30, female?"]);
    const { emotion, ...alone } = both;
    expect(labelLines(alone)).toEqual(["1  Dark 70 %", "30, female?"]);
    expect(headOf(alone)).toEqual({ word: "dark", share: "70 %", uncertain: false });
    expect(emotion && signalsOf(both)).toMatchObject({ "emotion:happy": 0.9722, "glasses:a, b": 0.2 });
    expect([isTimed("glasses"), isTimed("emotion"), isTimed("gender")]).toEqual([true, true, false]);
  });

  it("labels a face with what is doubtful about it", () => {
    expect(labelLines(face())).toEqual(["1  Happy 97 %", "30, female?"]);
    const poor = face({ quality: { ...face().quality!, reliable: false, reason: "too dark" } });
    expect(labelLines(poor)[1]).toBe("30, female?, too dark");
    const unsure = face({ emotion: { ...face().emotion!, label: "uncertain" } });
    expect(labelLines(unsure)[0]).toBe("1  Uncertain (happy) 97 %");
  });
});
