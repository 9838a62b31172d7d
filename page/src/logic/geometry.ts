/** Where boxes and labels lie on the screen. Pure. */
import type { Box } from "../api/results";

export interface Rect {
  left: number;
  top: number;
  width: number;
  height: number;
}

/** The area that a picture of this size takes in a frame, as `object-fit: contain` places it. */
export function contain(width: number, height: number, frameWidth: number, frameHeight: number): Rect {
  if (width <= 0 || height <= 0) return { left: 0, top: 0, width: frameWidth, height: frameHeight };
  const scale = Math.min(frameWidth / width, frameHeight / height);
  const size = { width: width * scale, height: height * scale };
  return { left: (frameWidth - size.width) / 2, top: (frameHeight - size.height) / 2, ...size };
}

/** A box of the picture on the screen; mirrored left to right where the preview is. */
export function place(box: Box, width: number, height: number, area: Rect, mirrored: boolean): Rect {
  const sx = area.width / width;
  const sy = area.height / height;
  const [left, right] = mirrored ? [width - box[2], width - box[0]] : [box[0], box[2]];
  return {
    left: area.left + left * sx,
    top: area.top + box[1] * sy,
    width: (right - left) * sx,
    height: (box[3] - box[1]) * sy,
  };
}

/** The rectangle grown by a share of its size on every side. */
export function grow(rect: Rect, share: number): Rect {
  return {
    left: rect.left - rect.width * share,
    top: rect.top - rect.height * share,
    width: rect.width * (1 + 2 * share),
    height: rect.height * (1 + 2 * share),
  };
}

export function contains(rect: Rect, x: number, y: number): boolean {
  return x >= rect.left && y >= rect.top && x <= rect.left + rect.width && y <= rect.top + rect.height;
}

function overlap(one: Rect, other: Rect): number {
  const width = Math.min(one.left + one.width, other.left + other.width) - Math.max(one.left, other.left);
  const height = Math.min(one.top + one.height, other.top + other.height) - Math.max(one.top, other.top);
  return Math.max(0, width) * Math.max(0, height);
}

/** How much of some rectangles one lies over. */
export function covered(rect: Rect, others: readonly Rect[]): number {
  return others.reduce((sum, other) => sum + overlap(rect, other), 0);
}

function clamp(value: number, low: number, high: number): number {
  return Math.max(low, Math.min(value, Math.max(low, high)));
}

/** A place for a label by its box, within the area, over as little of what is taken as can be. */
export function placeLabel(
  box: Rect,
  width: number,
  height: number,
  area: Rect,
  taken: readonly Rect[],
  gap = 6,
): Rect {
  const right = area.left + area.width - width;
  const bottom = area.top + area.height - height;
  const candidates: [number, number][] = [
    [box.left, box.top - height - gap],
    [box.left, box.top + box.height + gap],
    [box.left + box.width + gap, box.top],
    [box.left - width - gap, box.top],
    [box.left + box.width - width, box.top - height - gap],
    [box.left + box.width - width, box.top + box.height + gap],
    // Within the box: what is small may lie there before it lies over something else.
    [box.left, box.top],
  ];
  let winner: Rect | null = null;
  let least = Infinity;
  for (const [x, y] of candidates) {
    const spot = { left: clamp(x, area.left, right), top: clamp(y, area.top, bottom), width, height };
    const cost = overlap(spot, box) + 100 * covered(spot, taken);
    if (cost < least) [winner, least] = [spot, cost];
  }
  return winner as Rect;
}
