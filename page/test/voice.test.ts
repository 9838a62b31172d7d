import { describe, expect, it } from "vitest";
import { packSound } from "../src/logic/binary";
import { spanAt, strengthOf, voiceReadings } from "../src/logic/voice";
import { headOfSpan, spanWords } from "../src/logic/words";
import { span } from "./speech";

describe("utterances", () => {
  const said = [span(1, 2, "sad"), span(3, 4, "calm"), span(4.5, 6)];

  it("are found by time", () => {
    expect([0, 1, 2.5, 4.2, 4.6, 99].map((time) => spanAt(said, time))).toEqual([-1, 0, 0, 1, 2, 2]);
    expect(spanAt([], 3)).toBe(-1);
  });

  it("are told in words", () => {
    expect(spanWords(span(0, 1, "calm", 0.62))).toBe("Calm 62 %");
    const unsure = span(0, 1, "sad", 0.3);
    expect(spanWords({ ...unsure, voice: { ...unsure.voice!, label: "uncertain" } })).toBe("Uncertain (sad) 30 %");
    const { voice: _, ...unread } = span(0, 1);
    expect(headOfSpan(unread)).toBeNull();
    expect(spanWords(unread)).toBe("not scored");
  });

  it("may have other readings", () => {
    const arousal = { label: "high", probabilities: { high: 0.8, low: 0.2 }, raw: { high: 0.8, low: 0.2 } };
    expect(voiceReadings({ ...span(0, 1), arousal }).map(([task]) => task)).toEqual(["voice", "arousal"]);
  });

  it("fade with age", () => {
    expect([0, 3, 20, 500].map(strengthOf)).toEqual([1, 1, 0.35, 0.35]);
    expect(strengthOf(10)).toBeLessThan(strengthOf(5));
  });
});

describe("sound on the wire", () => {
  it("is its time, what tells it from a picture, and 16 bits a sample", () => {
    const message = packSound(3.25, Float32Array.of(0, 0.5, -1, 1.5));
    const view = new DataView(message);
    expect(view.getFloat64(0, true)).toBe(3.25);
    expect(String.fromCharCode(...new Uint8Array(message, 8, 4))).toBe("PCM ");
    expect([...new Int16Array(message.slice(12))]).toEqual([0, 16384, -32768, 32767]);
  });
});
