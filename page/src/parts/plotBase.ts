/** What all plots have in common: axis of time, marks over the lines, size that follows the page. */
import uPlot from "uplot";
import { clocks } from "../logic/format";
import { colour } from "../state/look";

export interface Mark {
  time_s: number;
  end_s?: number | null;
  label: string;
}

export const FONT = "11px Inter, ui-sans-serif, system-ui, 'Segoe UI', sans-serif";

/** Between two times of an axis. */
const STEPS_S = [0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200, 86400];

export function timeAxis(): uPlot.Axis {
  return {
    stroke: colour("--muted"),
    grid: { show: true, stroke: colour("--line"), width: 1 },
    ticks: { show: false },
    font: FONT,
    size: 24,
    gap: 4,
    space: 70,
    incrs: STEPS_S,
    values: (_plot, splits) => clocks(splits),
  };
}

/** Markers as flags on thin lines; spans as a wash. */
export function drawMarks(plot: uPlot, marks: readonly Mark[]): void {
  const { ctx, bbox } = plot;
  const ratio = devicePixelRatio || 1;
  ctx.save();
  ctx.font = `600 ${10 * ratio}px Inter, ui-sans-serif, system-ui, sans-serif`;
  ctx.textBaseline = "top";
  ctx.textAlign = "left";
  const right = bbox.left + bbox.width;
  const ends: number[] = [];
  for (const mark of [...marks].sort((one, other) => one.time_s - other.time_s)) {
    const x = plot.valToPos(mark.time_s, "x", true);
    const end = mark.end_s === null || mark.end_s === undefined ? x : plot.valToPos(mark.end_s, "x", true);
    if (end < bbox.left || x > right) continue;
    const from = Math.max(x, bbox.left);
    if (end > x) {
      ctx.fillStyle = colour("--wash");
      ctx.fillRect(from, bbox.top, Math.min(end, right) - from, bbox.height);
    }
    ctx.fillStyle = colour("--ink");
    if (x >= bbox.left) ctx.fillRect(Math.round(x), bbox.top, ratio, bbox.height);
    drawFlag(ctx, mark.label.slice(0, 14), from, bbox.top, ratio, ends);
  }
  ctx.restore();
}

/** A label in the first row that is free there; `ends` are where the rows' last ones end. */
function drawFlag(
  ctx: CanvasRenderingContext2D,
  label: string,
  x: number,
  top: number,
  ratio: number,
  ends: number[],
): void {
  if (!label) return;
  const width = ctx.measureText(label).width + 8 * ratio;
  const free = ends.findIndex((end) => end <= x);
  const row = free < 0 ? ends.length : free;
  ends[row] = x + width + 2 * ratio;
  const y = top + row * 17 * ratio;
  ctx.fillStyle = colour("--ink");
  ctx.fillRect(x, y, width, 15 * ratio);
  ctx.fillStyle = colour("--panel");
  ctx.fillText(label, x + 4 * ratio, y + 3 * ratio);
}

export function drawCursor(plot: uPlot, time: number | null): void {
  if (time === null) return;
  const { ctx, bbox } = plot;
  const x = plot.valToPos(time, "x", true);
  if (x < bbox.left - 1 || x > bbox.left + bbox.width + 1) return;
  ctx.save();
  ctx.fillStyle = colour("--accent");
  const ratio = devicePixelRatio || 1;
  ctx.fillRect(Math.round(x) - ratio, bbox.top, 2 * ratio, bbox.height);
  ctx.restore();
}

/** Calls back with the width of an element now and whenever it changes. */
export function followWidth(element: HTMLElement, resize: (width: number) => void): () => void {
  const watcher = new ResizeObserver(() => element.clientWidth > 0 && resize(element.clientWidth));
  watcher.observe(element);
  return () => watcher.disconnect();
}
