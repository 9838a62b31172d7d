/** Groups' average timelines, brought onto one axis of time for a plot. */
import type { GroupLine } from "../api/types";

export type Column = (number | null)[];

/** What the server calls the interval that needs no marker. */
export const WHOLE = "(whole)";

/** Times of all groups in order, then for each group its mean, low and high. */
export function joinGroups(groups: readonly GroupLine[]): [number[], ...Column[]] {
  const times = [...new Set(groups.flatMap((group) => group.time_s))].sort((a, b) => a - b);
  const columns = groups.flatMap((group) => {
    const places = new Map(group.time_s.map((time, index) => [time, index]));
    const column = (values: Column): Column =>
      times.map((time) => {
        const index = places.get(time);
        return index === undefined ? null : (values[index] ?? null);
      });
    return [column(group.mean), column(group.low), column(group.high)];
  });
  return [times, ...columns];
}

/** The range of an axis: a share is 0 to 1 at the most, what is derived is -1 to 1. */
export function rangeOf(signal: string, columns: readonly Column[]): [number, number] {
  const values = columns.flat().filter((value): value is number => value !== null);
  const derived = signal === "valence" || signal === "arousal";
  if (values.length === 0) return derived ? [-1, 1] : [0, 1];
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const room = Math.max(0.05, (high - low) * 0.1);
  return derived ? [Math.max(-1, low - room), Math.min(1, high + room)] : [0, Math.min(1, high + room)];
}

export interface PlaneWay {
  group: string;
  points: { valence: number; arousal: number }[];
  /** Where the group is at a time, or in the mean of its way. */
  at: { valence: number; arousal: number } | null;
}

/** Each group's mean valence and arousal over time, as a way through their plane. */
export function planePaths(
  valence: readonly GroupLine[],
  arousal: readonly GroupLine[],
  time: number | null,
): PlaneWay[] {
  return valence.map((line) => {
    const other = arousal.find((one) => one.group === line.group);
    const rise = new Map(other?.time_s.map((at, index) => [at, other.mean[index] ?? null]));
    const steps = line.time_s.flatMap((at, index) => {
      const [v, a] = [line.mean[index] ?? null, rise.get(at) ?? null];
      return v === null || a === null ? [] : [{ at, valence: v, arousal: a }];
    });
    const near = steps.filter((step) => time === null || step.at <= time);
    const chosen = time === null ? near : near.slice(-1);
    const mean = (name: "valence" | "arousal") => chosen.reduce((sum, step) => sum + step[name], 0) / chosen.length;
    return {
      group: line.group ?? "",
      points: steps.map((step) => ({ valence: step.valence, arousal: step.arousal })),
      at: chosen.length ? { valence: mean("valence"), arousal: mean("arousal") } : null,
    };
  });
}
