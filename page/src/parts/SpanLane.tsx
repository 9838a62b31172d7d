/** What was said over time: a block for each utterance, in the colour of its expression and with its name. */
import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import type { SpanResult } from "../api/results";
import { expressionColour, OTHER_COLOUR } from "../logic/colours";
import { spanAt } from "../logic/voice";
import { headOfSpan } from "../logic/words";
import { colour, dark } from "../state/look";
import { texts } from "../texts";
import { drawCursor, drawMarks, FONT, followWidth, timeAxis, type Mark } from "./plotBase";

interface Props {
  spans: readonly SpanResult[];
  from: number;
  to: number;
  cursor?: number | null;
  marks?: readonly Mark[];
  /** Since when somebody has been speaking. */
  since?: number | null;
  /** How far what was heard reaches; to the end without it. */
  until?: number;
  /** With an axis of its own, where it stands alone. */
  axis?: boolean;
  onSeek?: (time: number) => void;
}

const HEIGHT = 22;
const AXIS = 24;
/** Letters of a name that doesn't fit. */
const SHORT = 3;
/** Of a block, from the top and the bottom of its lane. */
const EDGE = 2;
const NO_MARKS: never[] = [];

function options(axis: boolean, draw: (plot: uPlot) => void): uPlot.Options {
  return {
    width: 400,
    height: HEIGHT + (axis ? AXIS : 0),
    legend: { show: false },
    padding: [0, 14, 0, 14],
    cursor: { drag: { x: false, y: false }, y: false, points: { show: false } },
    scales: { x: { time: false }, y: { range: [0, 1] } },
    axes: [axis ? timeAxis() : { show: false }, { show: false }],
    series: [{}, { points: { show: false } }],
    hooks: { draw: [draw] },
  };
}

interface Box {
  left: number;
  top: number;
  width: number;
  height: number;
}

function boxOf(plot: uPlot, from: number, to: number): Box {
  const ratio = devicePixelRatio || 1;
  const left = plot.valToPos(from, "x", true);
  const width = Math.max(2 * ratio, plot.valToPos(to, "x", true) - left - ratio);
  return { left, top: plot.bbox.top + EDGE * ratio, width, height: plot.bbox.height - 2 * EDGE * ratio };
}

function drawSpan(plot: uPlot, span: SpanResult): void {
  const { ctx } = plot;
  const ratio = devicePixelRatio || 1;
  const box = boxOf(plot, span.start_s, span.end_s);
  const head = headOfSpan(span);
  const own = span.voice && !head?.uncertain ? expressionColour(span.voice.label) : OTHER_COLOUR;
  ctx.fillStyle = `${own}44`;
  ctx.fillRect(box.left, box.top, box.width, box.height);
  ctx.fillStyle = own;
  ctx.fillRect(box.left, box.top, box.width, 4 * ratio);
  if (head?.uncertain) hatch(ctx, box, own);
  if (!head) return;
  ctx.font = `${head.uncertain ? "italic " : ""}${10 * ratio}px ${FONT.slice(FONT.indexOf(" ") + 1)}`;
  const mark = head.uncertain ? "? " : "";
  const fits = (text: string) => ctx.measureText(text).width + 4 * ratio <= box.width;
  const words = [mark + head.word, mark + head.word.slice(0, SHORT), mark.trim()].find(fits) ?? "";
  ctx.fillStyle = colour("--ink");
  ctx.textBaseline = "middle";
  ctx.textAlign = "left";
  ctx.fillText(words, box.left + 2 * ratio, box.top + box.height / 2 + 2 * ratio);
}

/** What isn't sure is hatched. */
function hatch(ctx: CanvasRenderingContext2D, box: Box, stroke: string): void {
  const step = 6 * (devicePixelRatio || 1);
  ctx.save();
  ctx.beginPath();
  ctx.rect(box.left, box.top, box.width, box.height);
  ctx.clip();
  ctx.strokeStyle = `${stroke}66`;
  ctx.beginPath();
  for (let x = -box.height; x < box.width; x += step) {
    ctx.moveTo(box.left + x, box.top + box.height);
    ctx.lineTo(box.left + x + box.height, box.top);
  }
  ctx.stroke();
  ctx.restore();
}

/** What is being said has no reading yet: an outline. */
function drawOpen(plot: uPlot, since: number, to: number): void {
  const { ctx } = plot;
  const box = boxOf(plot, since, to);
  ctx.strokeStyle = colour("--muted");
  ctx.setLineDash([4, 3]);
  ctx.strokeRect(box.left, box.top, box.width, box.height);
  ctx.setLineDash([]);
}

function drawAll(plot: uPlot, { spans, from, to, since = null, until = to, cursor = null, marks = [] }: Props): void {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, 0, bbox.width, ctx.canvas.height);
  ctx.clip();
  ctx.fillStyle = colour("--line");
  ctx.fillRect(bbox.left, bbox.top + bbox.height - 1, bbox.width, 1);
  for (const span of spans) if (span.end_s > from && span.start_s < to) drawSpan(plot, span);
  if (since !== null) drawOpen(plot, since, until);
  ctx.restore();
  drawMarks(plot, marks);
  drawCursor(plot, cursor);
}

export function SpanLane(props: Props) {
  const { spans, from, to, cursor = null, since = null, marks = NO_MARKS, axis = false } = props;
  const holder = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const shown = useRef(props);
  shown.current = props;

  useEffect(() => {
    const element = holder.current;
    if (!element) return;
    const made = new uPlot(options(axis, (drawn) => drawAll(drawn, shown.current)), [[], []], element);
    plot.current = made;
    made.over.addEventListener("click", (event) => shown.current.onSeek?.(made.posToVal(event.offsetX, "x")));
    const stop = followWidth(element, (width) => made.setSize({ width, height: HEIGHT + (axis ? AXIS : 0) }));
    return () => {
      stop();
      made.destroy();
      plot.current = null;
    };
  }, [axis, dark.value]);

  useEffect(() => {
    plot.current?.batch(() => {
      plot.current?.setData([[from, to], [null, null]], false);
      plot.current?.setScale("x", { min: from, max: Math.max(to, from + 1) });
    });
    plot.current?.redraw(false);
  }, [spans, from, to, since, props.until, cursor, marks, axis, dark.value]);

  const last = spans[spanAt(spans, cursor ?? to)];
  const head = last && headOfSpan(last);
  return (
    <div class={props.onSeek ? "lane seekable" : "lane"} data-test="voice-lane">
      <p class="lane-name">
        <span>{texts.voice.title}</span>
        <b class={head?.uncertain ? "uncertain" : ""}>{head ? head.word : "\u2013"}</b>
      </p>
      <div class="lane-plot" ref={holder} aria-hidden="true" />
    </div>
  );
}
