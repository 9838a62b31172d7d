/** Each group's way through the plane of valence and arousal, with where it is at the cursor. */
import type { GroupLine } from "../api/types";
import { planePaths } from "../logic/groups";
import { signed } from "../logic/format";
import { texts } from "../texts";
import { DASHES } from "./GroupPlot";
import { pathOf, PlaneFrame, PlaneTitle, spot } from "./Plane";

interface Props {
  valence: readonly GroupLine[];
  arousal: readonly GroupLine[];
  /** Seconds; without it the whole way's middle is marked. */
  cursor: number | null;
}

export function GroupPlane({ valence, arousal, cursor }: Props) {
  const ways = planePaths(valence, arousal, cursor);
  const words = texts.studies;
  const told = ways.flatMap(({ group, at }) =>
    at ? [`${group || words.everyone}: ${texts.reading.plane_at(signed(at.valence), signed(at.arousal))}`] : [],
  );
  return (
    <section class="plane" aria-label={texts.reading.plane} data-test="group-plane">
      <PlaneTitle />
      <PlaneFrame label={told.join("; ")}>
        {ways.map(({ group, points, at }, index) => (
          <g key={group} class={`plane-group style-${index % DASHES.length}`}>
            <polyline points={pathOf(points)} stroke-dasharray={DASHES[index % DASHES.length]?.join(" ")} />
            {at && <circle cx={spot(at)[0]} cy={spot(at)[1]} r="3.4" />}
          </g>
        ))}
      </PlaneFrame>
      <small>{cursor === null ? words.planeWhole : words.planeAt}</small>
    </section>
  );
}
