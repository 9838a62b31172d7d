/** Several signals in one plot, each in its lane, one above the other, as a chart recorder draws them. */

export interface Lane {
  /** The signal. */
  name: string;
  /** What stands beside it. */
  label: string;
  /** Where there is little room. */
  short?: string;
  /** Its line's; without one the accent. */
  colour?: string;
  /** Range of its values. */
  low: number;
  high: number;
}

/** Share of a lane's height that is used; the rest keeps neighbours apart. */
export const FILL = 0.86;

/** Lane number (0 is the top) to the height of its floor; lanes are 1 high. */
export function floorOf(index: number, count: number): number {
  return count - 1 - index;
}

/** The height of value zero (or the lower end where zero is outside). */
export function zeroOf(lane: Lane, index: number, count: number): number {
  return heightOf(Math.min(Math.max(0, lane.low), lane.high), lane, index, count);
}

export function heightOf(value: number, lane: Lane, index: number, count: number): number {
  const share = (value - lane.low) / (lane.high - lane.low);
  return floorOf(index, count) + Math.min(1, Math.max(0, share)) * FILL;
}

/** Columns of values to columns of heights. */
export function stack(columns: readonly (number | null)[][], lanes: readonly Lane[]): (number | null)[][] {
  return columns.map((column, index) => {
    const lane = lanes[index];
    if (!lane) return column;
    return column.map((value) => (value === null ? null : heightOf(value, lane, index, lanes.length)));
  });
}
