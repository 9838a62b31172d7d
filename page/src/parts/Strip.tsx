/** One person's signals over time, each in its lane, like the paper of a chart recorder. */
import { useEffect, useMemo, useRef } from "preact/hooks";
import uPlot from "uplot";
import { floorOf, stack, zeroOf, type Lane } from "../logic/lanes";
import { percentNumber, signed } from "../logic/format";
import type { Track } from "../logic/timeline";
import { colour, dark } from "../state/look";
import { drawCursor, drawMarks, followWidth, timeAxis, type Mark } from "./plotBase";

export interface StripProps {
  track: Track;
  lanes: readonly Lane[];
  label: string;
  from: number;
  to: number;
  /** Changes when the track has grown. */
  version?: number;
  cursor?: number | null;
  marks?: readonly Mark[];
  onSeek?: (time: number) => void;
  laneHeight?: number;
}

const AXIS = 24;

function lastValue(track: Track, name: string, time: number | null): number | null {
  const column = track.columns.get(name);
  if (!column) return null;
  let index = track.times.length - 1;
  if (time !== null) while (index > 0 && (track.times[index] as number) > time + 1e-6) index -= 1;
  return column[index] ?? null;
}

function valueText(lane: Lane, value: number | null): string {
  if (value === null) return "\u2013";
  return lane.low < 0 ? signed(value) : percentNumber(value);
}

function options(lanes: readonly Lane[], height: number, hooks: uPlot.Hooks.Arrays): uPlot.Options {
  const count = lanes.length;
  return {
    width: 400,
    height,
    legend: { show: false },
    padding: [0, 14, 0, 14],
    cursor: { drag: { x: false, y: false }, y: false, points: { show: false } },
    scales: { x: { time: false }, y: { range: [0, count] } },
    axes: [
      timeAxis(),
      {
        show: true,
        size: 0,
        splits: () => lanes.map((_, index) => floorOf(index, count)),
        values: () => lanes.map(() => ""),
        grid: { stroke: colour("--line"), width: 1 },
        ticks: { show: false },
      },
    ],
    series: [
      {},
      ...lanes.map((lane, index) => ({
        stroke: lane.colour ?? colour("--accent"),
        fill: lane.colour ? `${lane.colour}55` : colour("--accent-wash"),
        width: 1.5,
        points: { show: false },
        fillTo: zeroOf(lane, index, count),
      })),
    ],
    hooks,
  };
}

export function Strip(props: StripProps) {
  const { track, lanes, from, to, cursor = null, marks = [], laneHeight = 34 } = props;
  const holder = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const shown = useRef({ cursor, marks });
  shown.current = { cursor, marks };
  const seek = useRef(props.onSeek);
  seek.current = props.onSeek;
  const names = useMemo(() => lanes.map((lane) => lane.name), [lanes]);
  const height = lanes.length * laneHeight + AXIS;

  useEffect(() => {
    const element = holder.current;
    if (!element) return;
    const after = (drawn: uPlot) => {
      drawMarks(drawn, shown.current.marks);
      drawCursor(drawn, shown.current.cursor);
    };
    const made = new uPlot(options(lanes, height, { draw: [after] }), [[], ...lanes.map(() => [])], element);
    plot.current = made;
    made.over.addEventListener("click", (event) => seek.current?.(made.posToVal(event.offsetX, "x")));
    const stop = followWidth(element, (width) => made.setSize({ width, height }));
    return () => {
      stop();
      made.destroy();
      plot.current = null;
    };
  }, [lanes, height, dark.value]);

  useEffect(() => {
    const [times, ...columns] = track.slice(names, from - 1);
    plot.current?.batch(() => {
      plot.current?.setData([times, ...stack(columns, lanes)] as uPlot.AlignedData, false);
      plot.current?.setScale("x", { min: from, max: Math.max(to, from + 1) });
    });
  }, [track, lanes, from, to, props.version, height, dark.value]);

  useEffect(() => plot.current?.redraw(false), [cursor, marks]);

  return (
    <div class={props.onSeek ? "strip seekable" : "strip"} data-test="strip">
      <ul class="strip-names" style={{ gridAutoRows: `${laneHeight}px` }} aria-label={props.label}>
        {lanes.map((lane) => (
          <li key={lane.name}>
            {lane.colour && <span class="swatch" style={{ background: lane.colour }} aria-hidden="true" />}
            <span class={lane.short ? "roomy" : ""}>{lane.label}</span>
            {lane.short && <span class="narrow">{lane.short}</span>}
            <b>{valueText(lane, lastValue(track, lane.name, cursor))}</b>
          </li>
        ))}
      </ul>
      <div class="strip-plot" ref={holder} aria-hidden="true" />
    </div>
  );
}
