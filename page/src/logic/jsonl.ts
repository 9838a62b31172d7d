/** mimik's JSONL results, a frame a line. */
import type { Frame } from "../api/results";

export class ResultsError extends Error {}

/** The frames of a text; blank lines are left out. */
export function parseFrames(text: string): Frame[] {
  const frames: Frame[] = [];
  let number = 0;
  for (const line of text.split("\n")) {
    number += 1;
    if (!line.trim()) continue;
    frames.push(parseLine(line, number));
  }
  return frames;
}

function parseLine(line: string, number: number): Frame {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw new ResultsError(`line ${number} of the results is not JSON`);
  }
  if (typeof value !== "object" || value === null || !Array.isArray((value as Frame).faces)) {
    throw new ResultsError(`line ${number} of the results is no frame`);
  }
  return value as Frame;
}

export function writeFrames(frames: readonly Frame[]): string {
  return frames.map((frame) => JSON.stringify(frame) + "\n").join("");
}

/** Frames of several files in one; files of the same name are told apart, so that a table can. */
export function joinFiles(files: readonly { name: string; frames: readonly Frame[] }[]): Frame[] {
  const seen = new Map<string, number>();
  return files.flatMap(({ name, frames }) => {
    const count = (seen.get(name) ?? 0) + 1;
    seen.set(name, count);
    return frames.map((frame) => ({ ...frame, source: count > 1 ? `${name} (${count})` : name }));
  });
}

/** Where in frames, in order of time, the one shown at `time` stands; -1 if there is none. */
export function frameAt(frames: readonly Frame[], time: number): number {
  let low = 0;
  let high = frames.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((frames[middle]?.time_s ?? 0) <= time + 1e-6) low = middle;
    else high = middle - 1;
  }
  return high < 0 ? -1 : low;
}

/** The persons in frames, in order of their first time, with the number of frames that each is in. */
export function people(frames: readonly Frame[]): { id: number; frames: number }[] {
  const counts = new Map<number, number>();
  for (const frame of frames) {
    for (const face of frame.faces) {
      if (face.id !== null) counts.set(face.id, (counts.get(face.id) ?? 0) + 1);
    }
  }
  return [...counts].map(([id, count]) => ({ id, frames: count }));
}
