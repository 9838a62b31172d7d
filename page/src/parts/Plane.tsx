/** The plane of valence and arousal: where a face was in the last seconds, or where groups were over time. */
import type { ComponentChildren } from "preact";
import { signed } from "../logic/format";
import { texts } from "../texts";

export interface PlanePoint {
  valence: number;
  arousal: number;
}

const RADIUS = 44;
const MIDDLE = { x: 112, y: 60 };

/** Where a point lies in the drawing, with one digit. */
export function spot({ valence, arousal }: PlanePoint): [string, string] {
  return [(MIDDLE.x + valence * RADIUS).toFixed(1), (MIDDLE.y - arousal * RADIUS).toFixed(1)];
}

export const pathOf = (points: readonly PlanePoint[]) => points.map((point) => spot(point).join()).join(" ");

/** Rim, axes and the names of their ends; what is in it is drawn over them. */
export function PlaneFrame({ label, children }: { label: string; children: ComponentChildren }) {
  const words = texts.reading;
  const { x, y } = MIDDLE;
  return (
    <svg class="plane-frame" viewBox="0 0 216 120" role="img" aria-label={label}>
      <circle class="plane-rim" cx={x} cy={y} r={RADIUS} />
      <circle class="plane-ring" cx={x} cy={y} r={RADIUS / 2} />
      <path class="plane-axis" d={`M${x - RADIUS} ${y}h${2 * RADIUS}M${x} ${y - RADIUS}v${2 * RADIUS}`} />
      <g class="plane-ends">
        <text x={x - RADIUS - 4} y={y + 3} text-anchor="end">
          {words.unpleasant}
        </text>
        <text x={x + RADIUS + 4} y={y + 3}>
          {words.pleasant}
        </text>
        <text x={x} y={y - RADIUS - 5} text-anchor="middle">
          {words.excited}
        </text>
        <text x={x} y={y + RADIUS + 12} text-anchor="middle">
          {words.calm}
        </text>
      </g>
      {children}
    </svg>
  );
}

export function PlaneTitle() {
  const words = texts.reading;
  return (
    <h3>
      {words.plane} <abbr title={words.derivedHelp}>{words.derived}</abbr>
    </h3>
  );
}

export function Plane({ point, trail = [] }: { point: PlanePoint; trail?: readonly PlanePoint[] }) {
  const words = texts.reading;
  const [x, y] = spot(point);
  return (
    <section class="reading plane" aria-label={words.plane} data-test="plane">
      <PlaneTitle />
      <div class="plane-row">
        <PlaneFrame label={words.plane_at(signed(point.valence), signed(point.arousal))}>
          {trail.length > 1 && <polyline class="plane-trail" points={pathOf(trail)} />}
          <circle class="plane-dot" cx={x} cy={y} r="3.4" />
        </PlaneFrame>
        <dl>
          <dt>{words.valence}</dt>
          <dd>{signed(point.valence)}</dd>
          <dt>{words.arousal}</dt>
          <dd>{signed(point.arousal)}</dd>
          <dd class="plane-note">{words.derivedHelp}</dd>
        </dl>
      </div>
    </section>
  );
}
