/** Several pictures as a stimulus, each shown for the same time. */

/** Which picture is shown at a time; the last one stays. */
export function slideAt(time: number, seconds: number, count: number): number {
  return Math.min(count - 1, Math.max(0, Math.floor(time / seconds)));
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
    return to > from ? [{ label: name.slice(0, 60), time_s: from, end_s: Number(to.toFixed(3)) }] : [];
  });
}
