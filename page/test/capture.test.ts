import { describe, expect, it } from "vitest";
import { CaptureClock, lostFrames, UsualRate } from "../src/logic/capture";

describe("a camera's clock", () => {
  it("keeps the even steps of the stamps, whatever held the pictures up", () => {
    const clock = new CaptureClock();
    expect(clock.at(1000, 50)).toBe(50);
    expect(clock.at(1200, 310)).toBe(250);
    expect(clock.at(1400, 452)).toBe(450);
  });

  it("never goes back, and learns from a picture that came quicker", () => {
    const clock = new CaptureClock();
    expect(clock.at(0, 100)).toBe(100);
    expect(clock.at(33, 103)).toBe(103);
    expect(clock.at(66, 104)).toBe(104);
    expect(clock.at(99, 105)).toBe(105);
    expect(clock.at(132, 140)).toBe(138);
  });

  it("begins anew where the stamps do", () => {
    const clock = new CaptureClock();
    clock.at(500_000, 1000);
    expect(clock.at(0, 6000)).toBe(6000);
    expect(clock.at(33, 6033)).toBe(6033);
  });
});

describe("the usual rate", () => {
  it("is that of most frames, not of a pause", () => {
    const rate = new UsualRate();
    expect(rate.perSecond).toBe(0);
    for (const time of [0, 0.2, 0.4, 0.6, 3, 3.2]) rate.add(time);
    expect(rate.perSecond).toBeCloseTo(5);
  });
});

describe("lost frames", () => {
  it("are those that the rate would have given", () => {
    expect(lostFrames(9.6, 10, 16)).toBe(80);
    expect(lostFrames(5, 10, 50)).toBe(0);
    expect(lostFrames(30, 10, 280)).toBe(0);
    expect(lostFrames(30, 10, 260)).toBe(40);
    expect(lostFrames(5, 0.3, 1)).toBe(0);
  });
});
