/** A person's readings over time, in columns, as the plots take them. */
import type { Face, Frame } from "../api/results";
import { otherReadings, valenceArousal } from "./readings";

/** A signal's name, as the server has it: `emotion:happy`, `au:AU12`, `valence`, `arousal`; or `glasses:dark`. */
export type Signal = string;

export function signalsOf(face: Face): Record<Signal, number> {
  const values: Record<Signal, number> = {};
  if (face.emotion) {
    for (const [name, share] of Object.entries(face.emotion.probabilities)) values[`emotion:${name}`] = share;
    const { valence, arousal } = valenceArousal(face.emotion);
    values["valence"] = valence;
    values["arousal"] = arousal;
  }
  for (const [code, share] of Object.entries(face.au?.probabilities ?? {})) values[`au:${code}`] = share;
  for (const [task, reading] of otherReadings(face)) {
    for (const [name, share] of Object.entries(reading.probabilities)) values[`${task}:${name}`] = share;
  }
  return values;
}

type Cell = number | null;

/** One person's. A gap longer than `gapS` is kept as a hole, so that no line is drawn across it. */
export class Track {
  times: number[] = [];
  readonly columns = new Map<Signal, Cell[]>();

  constructor(
    private readonly keepS: number,
    private readonly gapS: number,
  ) {}

  get last(): number | undefined {
    return this.times[this.times.length - 1];
  }

  add(time: number, values: Record<Signal, number>): void {
    const last = this.last;
    if (last !== undefined && time <= last) return;
    if (last !== undefined && time - last > this.gapS) this.push(last + 1e-3, {});
    this.push(time, values);
    this.trim(time - this.keepS);
  }

  /** Columns of signals from a time on; missing ones are empty. */
  slice(signals: readonly Signal[], from: number): [number[], ...Cell[][]] {
    let start = 0;
    while (start < this.times.length && (this.times[start] as number) < from) start += 1;
    const empty = () => new Array<Cell>(this.times.length - start).fill(null);
    return [this.times.slice(start), ...signals.map((name) => this.columns.get(name)?.slice(start) ?? empty())];
  }

  private push(time: number, values: Record<Signal, number>): void {
    for (const name of Object.keys(values)) {
      if (!this.columns.has(name)) this.columns.set(name, new Array<Cell>(this.times.length).fill(null));
    }
    this.times.push(time);
    for (const [name, column] of this.columns) column.push(values[name] ?? null);
  }

  private trim(before: number): void {
    // In pieces: cutting a cell off the front of every column each frame would cost more than it saves.
    let old = 0;
    while (old < this.times.length && (this.times[old] as number) < before) old += 1;
    if (old < 200) return;
    this.times.splice(0, old);
    for (const column of this.columns.values()) column.splice(0, old);
  }
}

/** All persons'. */
export class Timeline {
  readonly tracks = new Map<number, Track>();

  constructor(
    private readonly keepS = 600,
    private readonly gapS = 2,
  ) {}

  add(frame: Frame): void {
    if (frame.time_s === null) return;
    for (const face of frame.faces) {
      if (face.id === null) continue;
      let track = this.tracks.get(face.id);
      if (!track) this.tracks.set(face.id, (track = new Track(this.keepS, this.gapS)));
      track.add(frame.time_s, signalsOf(face));
    }
    this.forget(frame.time_s - this.keepS);
  }

  static of(frames: readonly Frame[], gapS = 2): Timeline {
    const timeline = new Timeline(Infinity, gapS);
    for (const frame of frames) timeline.add(frame);
    return timeline;
  }

  private forget(before: number): void {
    for (const [id, track] of this.tracks) {
      if ((track.last ?? 0) < before) this.tracks.delete(id);
    }
  }
}
