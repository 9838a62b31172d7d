import { describe, expect, it } from "vitest";
import { CaptureClock, LOOK_MS, lostFrames, Silence, UsualRate } from "../src/logic/capture";

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

describe("a camera's silence", () => {
  /** When it was first told, asked at its pace from one time on, within 10 s. */
  function told(silence: Silence, fromMs: number, blind = false): number | null {
    for (let now = fromMs + LOOK_MS; now <= fromMs + 10_000; now += LOOK_MS) if (silence.look(now, blind)) return now;
    return null;
  }

  it("is told after 8 s without a picture, or of a pause", () => {
    expect(told(new Silence(1000), 1000)).toBe(9500);
    const paused = new Silence(0);
    paused.pause(true, 0);
    expect(paused.look(LOOK_MS, false)).toBe(false);
    paused.came(LOOK_MS);
    expect(told(paused, LOOK_MS)).toBe(8500);
  });

  it("is measured by the looks of a page that is slow itself", () => {
    const silence = new Silence(0);
    for (let now = 900; now <= 13_500; now += 900) expect(silence.look(now, false)).toBe(false);
    expect(told(silence, 13_500)).toBe(14_500);
  });

  it("isn't the page's own, which stood still or sees nothing", () => {
    const silence = new Silence(0);
    expect(silence.look(500, false)).toBe(false);
    expect(silence.look(60_000, false)).toBe(false);
    silence.came(60_010);
    expect(silence.look(60_500, false)).toBe(false);
    expect(told(silence, 60_500)).toBe(68_500);
    expect(told(new Silence(0), 0, true)).toBeNull();
  });

  it("doesn't outlast the page's by more than its own measure", () => {
    const silence = new Silence(0);
    silence.pause(true, 100);
    expect(silence.look(60_000, false)).toBe(false);
    expect(told(silence, 60_000)).toBe(68_000);
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
