import { describe, expect, it } from "vitest";
import { cleaned, nameOf } from "../src/logic/names";
import { parseRoute, routeHash, tokenIn } from "../src/logic/route";

describe("addresses", () => {
  it("reads what it writes", () => {
    expect(parseRoute(routeHash("sessions", 12))).toEqual({ screen: "sessions", item: "12", lost: false });
    expect(parseRoute(routeHash("files", "a b%/c"))).toEqual({ screen: "files", item: "a b%/c", lost: false });
    for (const hash of ["", "#", "#/", "#/live", "#live"]) {
      expect(parseRoute(hash)).toEqual({ screen: "live", item: null, lost: false });
    }
    expect(parseRoute("#/studies/")).toEqual({ screen: "studies", item: null, lost: false });
  });

  it("says which lead nowhere, and never fails", () => {
    for (const item of ["%", "%E0%A4%A", "%zz", "abc", "-1", "1e3", "1/2", "%00", "a%2Fb", "99999999999999999999", "../1"]) {
      expect(parseRoute(`#/sessions/${item}`)).toEqual({ screen: "sessions", item: null, lost: true });
    }
    for (const hash of ["#/nonsense", "#/%", "#x", "#//sessions", "#/Sessions"]) {
      expect(parseRoute(hash)).toEqual({ screen: "live", item: null, lost: true });
    }
    expect(parseRoute("#/files/%").lost).toBe(true);
  });

  it("takes a token out of them", () => {
    expect(tokenIn("#token=a%26b")).toBe("a&b");
    expect(tokenIn("#token=a%20b")).toBe("a b");
    expect(tokenIn("#token=%")).toBeNull();
    expect(tokenIn("#/live")).toBeNull();
    expect(tokenIn("#/sessions/1")).toBeNull();
  });
});

describe("names", () => {
  it("hold nothing that can't be seen", () => {
    expect(cleaned("P\u202e01\u2066\u200f\r\n\t\u0000")).toBe("P01");
    expect(cleaned("zwei\nZeilen\t\u202e\u0007", true)).toBe("zwei\nZeilen\t");
    expect(cleaned("Łódź 日本 \u{1f468}\u200d\u{1f469} می\u200cخواهم")).toBe("Łódź 日本 \u{1f468}\u200d\u{1f469} می\u200cخواهم");
    expect(nameOf("gpj.\u202eexe")).toBe("gpj.exe");
    expect(nameOf("\u202e")).toBe("?");
  });
});
