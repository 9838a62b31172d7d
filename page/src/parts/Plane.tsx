/** The plane of valence and arousal, with where the face was in the last seconds. */
import { signed } from "../logic/format";
import { texts } from "../texts";

export interface PlanePoint {
  valence: number;
  arousal: number;
}

const SIZE = 100;
const spot = ({ valence, arousal }: PlanePoint) => ({ x: 50 + valence * 44, y: 50 - arousal * 44 });

export function Plane({ point, trail = [] }: { point: PlanePoint; trail?: readonly PlanePoint[] }) {
  const words = texts.reading;
  const now = spot(point);
  const path = trail.map((past) => {
    const { x, y } = spot(past);
    return `${x.toFixed(1)},${y.toFixed(1)}`;
  });
  return (
    <section class="reading plane" aria-label={words.plane} data-test="plane">
      <h3>
        {words.plane} <abbr title={words.derivedHelp}>{words.derived}</abbr>
      </h3>
      <div class="plane-row">
        <svg
          viewBox={`0 0 ${SIZE} ${SIZE}`}
          role="img"
          aria-label={words.plane_at(signed(point.valence), signed(point.arousal))}
        >
          <circle class="plane-rim" cx="50" cy="50" r="44" />
          <circle class="plane-ring" cx="50" cy="50" r="22" />
          <path class="plane-axis" d="M4 50H96M50 4V96" />
          {path.length > 1 && <polyline class="plane-trail" points={path.join(" ")} />}
          <circle class="plane-dot" cx={now.x.toFixed(1)} cy={now.y.toFixed(1)} r="3.4" />
        </svg>
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
