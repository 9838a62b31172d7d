import { describe, expect, it } from "vitest";
import { FullError, MemoryFile } from "../src/api/videoFile";
import { MEMORY_MINUTES, videoForm, videoName } from "../src/logic/video";

describe("a kept video", () => {
  it("comes in the first form that the browser can make", () => {
    expect(videoForm(() => true)).toEqual({ type: "video/webm;codecs=vp8", mime: "video/webm", extension: "webm" });
    const safari = videoForm((type) => type.startsWith("video/mp4"));
    expect(safari).toEqual({ type: "video/mp4", mime: "video/mp4", extension: "mp4" });
    expect(videoForm(() => false)).toBeNull();
  });

  it("is named after its session and the time", () => {
    const when = new Date(2026, 2, 4, 9, 5);
    expect(videoName(12, when, "webm")).toBe("mimik-session-12-2026-03-04-0905.webm");
    expect(videoName("a/b", when, "mp4")).toBe("mimik-session-a-b-2026-03-04-0905.mp4");
    expect(videoName(null, when, "webm")).toBe("mimik-2026-03-04-0905.webm");
  });

  it("says the minutes that memory lasts", () => expect(MEMORY_MINUTES).toBe(28));
});

describe("a video in memory", () => {
  it("is saved whole, under its name, when it is closed", async () => {
    const saved: [Blob, string][] = [];
    const file = new MemoryFile("a.webm", "video/webm", 100, (blob, name) => saved.push([blob, name]));
    await file.write(new Blob(["one "]));
    await file.write(new Blob(["two"]));
    expect(saved).toEqual([]);
    await file.close();
    const [blob, name] = saved[0] as [Blob, string];
    expect([await blob.text(), blob.type, name]).toEqual(["one two", "video/webm", "a.webm"]);
  });

  it("takes no part beyond its limit, and keeps those before", async () => {
    const saved: Blob[] = [];
    const file = new MemoryFile("a.webm", "video/webm", 10, (blob) => saved.push(blob));
    await file.write(new Blob(["12345678"]));
    await expect(file.write(new Blob(["123"]))).rejects.toBeInstanceOf(FullError);
    await file.close();
    expect(await saved[0]?.text()).toBe("12345678");
  });
});
