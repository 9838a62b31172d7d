import { describe, expect, it } from "vitest";
import { packPicture, unpackPicture } from "../src/logic/binary";
import { Flow, Rate, waitMs } from "../src/logic/flow";

describe("back-pressure", () => {
  it("lets two frames be under way, no more", () => {
    const flow = new Flow(2, 4000, 0);
    expect(flow.free(0)).toBe(true);
    flow.sent(0.1, 0);
    flow.sent(0.2, 10);
    expect(flow.free(20)).toBe(false);
    expect(flow.answered(0.1, 50)).toBe(50);
    expect(flow.free(60)).toBe(true);
  });

  it("takes an answer for all older frames", () => {
    const flow = new Flow(2, 4000, 0);
    flow.sent(0.1, 0);
    flow.sent(0.2, 10);
    expect(flow.answered(0.2, 30)).toBe(20);
    flow.sent(0.3, 40);
    expect(flow.free(50)).toBe(true);
    expect(flow.answered(9, 60)).toBeNull();
  });

  it("keeps to the rate, and gives up on answers that never come", () => {
    const flow = new Flow(1, 1000, 100);
    flow.sent(0, 0);
    flow.answered(0, 10);
    expect(flow.free(50)).toBe(false);
    expect(flow.free(100)).toBe(true);
    flow.sent(0.1, 100);
    expect(flow.free(900)).toBe(false);
    expect(flow.free(1200)).toBe(true);
  });

  it("tries again quickly, then calmly", () => {
    expect(waitMs(0)).toBe(400);
    expect(waitMs(1)).toBe(800);
    expect(waitMs(40)).toBe(5000);
  });

  it("counts a rate", () => {
    const rate = new Rate(1000);
    for (let at = 0; at <= 2000; at += 100) rate.add(at);
    expect(rate.perSecond(2000)).toBeCloseTo(10);
    expect(rate.perSecond(9000)).toBe(0);
    rate.add(9000);
    rate.add(11000);
    expect(rate.perSecond(11000)).toBeCloseTo(0.5);
  });
});

describe("pictures on the wire", () => {
  it("carry their time before them", () => {
    const message = packPicture(12.25, new Uint8Array([1, 2, 3]).buffer);
    expect(new DataView(message).getFloat64(0, true)).toBe(12.25);
    const found = unpackPicture(message);
    expect(found?.time).toBe(12.25);
    expect([...new Uint8Array(found?.picture ?? new ArrayBuffer(0))]).toEqual([1, 2, 3]);
    expect(unpackPicture(new ArrayBuffer(8))).toBeNull();
  });
});
