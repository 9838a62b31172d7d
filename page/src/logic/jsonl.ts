/** mimik's JSONL results, a frame or an utterance a line. */
import type { Frame, SpanResult } from "../api/results";

export class ResultsError extends Error {}

export interface Results {
  frames: Frame[];
  spans: SpanResult[];
}

/** The frames and utterances of a text; blank lines are left out. */
export function parseResults(text: string): Results {
  const results: Results = { frames: [], spans: [] };
  let number = 0;
  for (const line of text.split("\n")) {
    number += 1;
    if (!line.trim()) continue;
    const value = parseLine(line, number);
    if ("faces" in value) results.frames.push(value as Frame);
    else results.spans.push(value);
  }
  return results;
}

function parseLine(line: string, number: number): Frame | SpanResult {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw new ResultsError(`line ${number} of the results is not JSON`);
  }
  if (typeof value === "object" && value !== null) {
    if ((value as SpanResult).type === "span") return value as SpanResult;
    if (Array.isArray((value as Frame).faces)) return value as Frame;
  }
  throw new ResultsError(`line ${number} of the results is no frame`);
}

/** In order of time, an utterance before what is seen while it is said. */
export function writeResults({ frames, spans }: Readonly<Results>): string {
  const lines = [...spans.map((one) => ({ at: one.start_s, one })), ...frames.map((one) => ({ at: one.time_s ?? 0, one }))];
  lines.sort((one, other) => one.at - other.at);
  return lines.map(({ one }) => JSON.stringify(one) + "\n").join("");
}

/** Results of several files one after another; files of the same name are told apart, so that a table can. */
export function joinFiles(files: readonly ({ name: string } & Results)[]): string {
  const seen = new Map<string, number>();
  const texts = files.map(({ name, frames, spans }) => {
    const count = (seen.get(name) ?? 0) + 1;
    seen.set(name, count);
    const named = <T>(one: T): T => ({ ...one, source: count > 1 ? `${name} (${count})` : name });
    return writeResults({ frames: frames.map(named), spans: spans.map(named) });
  });
  return texts.join("");
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
