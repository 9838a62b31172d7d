import { describe, expect, it } from "vitest";
import { between, bytes, clock, clocks, decimal, fileName, moment, percent, percentNumber, signed, withoutName } from "../src/logic/format";
import { sentence } from "../src/logic/words";

describe("numbers as people read them", () => {
  it("says no certainty that isn't there", () => {
    expect(percent(0.973)).toBe("97 %");
    expect(percent(0.9999)).toBe("> 99 %");
    expect(percent(0.0004)).toBe("< 1 %");
    expect(percent(1)).toBe("100 %");
    expect(percent(0)).toBe("0 %");
    expect(percentNumber(0.126)).toBe("13");
  });

  it("has no minus before nothing", () => {
    expect(decimal(-0.001)).toBe("0.00");
    expect(between(-0.014, -0.0012)).toBe("\u22120.01 to 0.00");
  });

  it("writes times", () => {
    expect(clock(75.3)).toBe("1:15");
    expect(clock(75.36, true)).toBe("1:15.4");
    expect(clock(3675)).toBe("1:01:15");
    expect(clock(59.96, true)).toBe("1:00.0");
    expect(clock(-2)).toBe("-0:02");
  });

  it("tells the times of an axis apart", () => {
    expect(clocks([0, 0.5, 1])).toEqual(["0:00.0", "0:00.5", "0:01.0"]);
    expect(clocks([0, 2, 4])).toEqual(["0:00", "0:02", "0:04"]);
  });

  it("keeps the width of signed numbers", () => {
    expect(signed(0.5)).toBe("+0.50");
    expect(signed(-0.5)).toBe("\u22120.50");
    expect(signed(-0.001)).toBe("+0.00");
    expect(decimal(null)).toBe("\u2013");
    expect(decimal(0.126)).toBe("0.13");
    expect(between(-0.2, 0.126)).toBe("\u22120.20 to 0.13");
    expect(between(null, null)).toBe("\u2013");
  });

  it("writes sizes, moments and names of files", () => {
    expect(bytes(1536)).toBe("1.5 kB");
    expect(moment(null)).toBe("\u2013");
    expect(moment("2026-11-21T10:05:00")).toBe("2026-11-21 10:05");
    expect(fileName("a b/..\\c.jpg", "jsonl")).toBe("a-b-..-c.jpg.jsonl");
    expect(fileName("../", "csv")).toBe("mimik.csv");
  });
});

describe("messages", () => {
  it("are sentences, and names of files stay as they are", () => {
    expect(sentence("there is no session 9; it may have been deleted")).toBe(
      "There is no session 9; it may have been deleted.",
    );
    expect(sentence("a.jpg: not a picture")).toBe("a.jpg: not a picture.");
    expect(sentence("P01 is done.")).toBe("P01 is done.");
  });

  it("leave out the name that stands beside them", () => {
    expect(withoutName("a.jpg: not a picture", "a.jpg")).toBe("Not a picture");
    expect(withoutName("too large", "a.jpg")).toBe("Too large");
  });
});
