import { describe, expect, it } from "vitest";
import { FLOOR_DB, fillOf, levelOf } from "../src/logic/level";
import { Resampler } from "../src/logic/resample";

const tone = (hz: number, rate: number, seconds: number) =>
  Float32Array.from({ length: rate * seconds }, (_, n) => 0.5 * Math.sin((2 * Math.PI * hz * n) / rate));

function resampled(samples: Float32Array, from: number, block: number): Float32Array {
  const resampler = new Resampler(from, 16000);
  const made: number[] = [];
  for (let at = 0; at < samples.length; at += block) made.push(...resampler.push(samples.subarray(at, at + block)));
  return Float32Array.from(made);
}

describe("Resampler", () => {
  it.each([48000, 44100, 22050, 8000, 32000])("keeps a tone and its time from %i Hz", (rate) => {
    const made = resampled(tone(440, rate, 1), rate, 128);
    expect(made.length).toBeGreaterThan(15800);
    const wanted = tone(440, 16000, 1);
    let worst = 0;
    for (let n = 400; n < made.length; n += 1) worst = Math.max(worst, Math.abs((made[n] as number) - (wanted[n] as number)));
    expect(worst).toBeLessThan(0.002);
  });

  it("takes away what the lower rate can't hold", () => {
    expect(levelOf(resampled(tone(9000, 48000, 1), 48000, 128).subarray(400)).db).toBeLessThan(-50);
  });

  it("has no seams, whatever the blocks", () => {
    const sound = tone(1234, 44100, 0.5);
    const [one, other] = [resampled(sound, 44100, 128), resampled(sound, 44100, 4410)];
    expect([...one]).toEqual([...other.subarray(0, one.length)]);
  });

  it("hands on what has the rate already", () => {
    const sound = tone(440, 16000, 0.1);
    expect(new Resampler(16000, 16000).push(sound)).toBe(sound);
  });
});

describe("level", () => {
  it("is RMS below full scale", () => {
    expect(levelOf(tone(440, 16000, 1)).db).toBeCloseTo(-9.03, 1);
    expect(levelOf(new Float32Array(100))).toEqual({ db: FLOOR_DB, clipped: false, dead: true });
    expect(levelOf(Float32Array.of(1, 0, -0.2)).clipped).toBe(true);
  });

  it("fills the meter", () => {
    expect([fillOf(-90), fillOf(FLOOR_DB), fillOf(0)]).toEqual([0, 0, 1]);
    expect(fillOf(-33)).toBeCloseTo(0.5);
  });
});
