/** Several pictures as a stimulus, each shown for the same time. */

/** Which picture is shown at a time; the last one stays. */
export function slideAt(time: number, seconds: number, count: number): number {
  return Math.min(count - 1, Math.max(0, Math.floor(time / seconds)));
}

/** A picture's name as the label of its interval. */
const labelOf = (name: string) => name.slice(0, 60);

/** How many seconds each picture was shown in the sessions, by their intervals; that of most of them first. */
export function slideSeconds(
  names: readonly string[],
  rows: readonly { session: string | number; label: string; start_s: number }[],
): number[] {
  // A run's pictures follow one another from 0 on: where the second begins is the length of each.
  const second = names[1] === undefined ? null : labelOf(names[1]);
  const found = new Map<string | number, number>();
  for (const row of rows) {
    if (row.label !== second || row.start_s <= 0) continue;
    found.set(row.session, Math.min(row.start_s, found.get(row.session) ?? Infinity));
  }
  const counts = new Map<number, number>();
  for (const seconds of found.values()) counts.set(seconds, (counts.get(seconds) ?? 0) + 1);
  return [...counts].sort((one, other) => other[1] - one[1]).map(([seconds]) => seconds);
}

export interface Slide {
  label: string;
  time_s: number;
  end_s: number;
}

/** The pictures that were shown until a time, as intervals; a single one is the whole session anyway. */
export function slideIntervals(names: readonly string[], seconds: number, until: number): Slide[] {
  if (names.length < 2) return [];
  return names.flatMap((name, index) => {
    const from = index * seconds;
    const to = Math.min(from + seconds, until);
    return to > from ? [{ label: labelOf(name), time_s: from, end_s: Number(to.toFixed(3)) }] : [];
  });
}
