/** Groups' average timelines, brought onto one axis of time for a plot. */
import type { GroupLine } from "../api/types";

export type Column = (number | null)[];

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
