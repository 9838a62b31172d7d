/** The average of each group over time, with its interval as a band. */
import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import type { GroupLine } from "../api/types";
import { joinGroups, rangeOf } from "../logic/groups";
import { colour, dark } from "../state/look";
import { texts } from "../texts";
import { drawCursor, drawMarks, followWidth, FONT, timeAxis, type Mark } from "./plotBase";

/** Groups are told apart by colour and by the kind of line. */
export const DASHES = [[], [6, 4], [2, 3], [10, 3, 2, 3]];
const STYLES = [
  { stroke: "--accent", band: "--accent-wash" },
  { stroke: "--ink", band: "--wash" },
  { stroke: "--warm", band: "--warm-wash" },
  { stroke: "--muted", band: "--wash" },
];
const HEIGHT = 320;

interface Props {
  groups: readonly GroupLine[];
  signal: string;
  label: string;
  cursor: number | null;
  marks?: readonly Mark[];
  onSeek: (time: number) => void;
}

const styleOf = (index: number) => STYLES[index % STYLES.length] as (typeof STYLES)[number];
const dashOf = (index: number) => DASHES[index % DASHES.length] as number[];
const groupName = (group: GroupLine) => group.group || texts.studies.everyone;

function options(groups: readonly GroupLine[], range: [number, number], draw: (plot: uPlot) => void): uPlot.Options {
  const hidden = { show: true, stroke: "transparent", points: { show: false } };
  return {
    width: 400,
    height: HEIGHT,
    legend: { show: false },
    padding: [8, 8, 0, 0],
    cursor: { drag: { x: false, y: false }, y: false, points: { show: false } },
    scales: { x: { time: false }, y: { range } },
    axes: [
      timeAxis(),
      {
        stroke: colour("--muted"),
        grid: { stroke: colour("--line"), width: 1 },
        ticks: { show: false },
        font: FONT,
        size: 44,
      },
    ],
    series: [
      {},
      ...groups.flatMap((_, index) => [
        { stroke: colour(styleOf(index).stroke), width: 2, dash: dashOf(index), points: { show: false } },
        hidden,
        hidden,
      ]),
    ],
    bands: groups.map((_, index) => ({
      series: [index * 3 + 3, index * 3 + 2] as [number, number],
      fill: colour(styleOf(index).band),
    })),
    hooks: { draw: [draw] },
  };
}

export function GroupPlot({ groups, signal, label, cursor, marks = [], onSeek }: Props) {
  const holder = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const shown = useRef({ cursor, marks, onSeek });
  shown.current = { cursor, marks, onSeek };

  useEffect(() => {
    const element = holder.current;
    if (!element) return;
    const data = joinGroups(groups);
    const draw = (drawn: uPlot) => {
      drawMarks(drawn, shown.current.marks);
      drawCursor(drawn, shown.current.cursor);
    };
    const made = new uPlot(
      options(groups, rangeOf(signal, data.slice(1) as (number | null)[][]), draw),
      data as uPlot.AlignedData,
      element,
    );
    plot.current = made;
    made.over.addEventListener("click", (event) => shown.current.onSeek(made.posToVal(event.offsetX, "x")));
    const stop = followWidth(element, (width) => made.setSize({ width, height: HEIGHT }));
    return () => {
      stop();
      made.destroy();
      plot.current = null;
    };
  }, [groups, signal, dark.value]);

  useEffect(() => plot.current?.redraw(false), [cursor, marks]);

  return (
    <figure class="group-plot" data-test="group-plot">
      <div ref={holder} role="img" aria-label={label} />
      <figcaption>
        {groups.map((group, index) => (
          <span key={groupName(group)} class="legend">
            <svg viewBox="0 0 28 8" aria-hidden="true">
              <path
                d="M0 4H28"
                class={`legend-line style-${index % STYLES.length}`}
                stroke-dasharray={dashOf(index).join(" ")}
              />
            </svg>
            {texts.studies.groupLine(groupName(group), group.n)}
          </span>
        ))}
        <small>{texts.studies.averageNote}</small>
      </figcaption>
    </figure>
  );
}
