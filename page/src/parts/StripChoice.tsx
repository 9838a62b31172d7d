/** A strip with the choice of what it shows. */
import { useMemo, useState } from "preact/hooks";
import { expressionColour } from "../logic/colours";
import { EMOTIONS } from "../logic/readings";
import type { Lane } from "../logic/lanes";
import type { Track } from "../logic/timeline";
import { emotionName, unitName } from "../logic/words";
import { texts } from "../texts";
import { Strip, type StripProps } from "./Strip";
import { Tabs } from "./Tabs";

type What = "emotions" | "units" | "plane";

function lanesOf(what: What, signals: readonly string[]): Lane[] {
  if (what === "plane") {
    return ["valence", "arousal"].map((name) => ({
      name,
      label: name === "valence" ? texts.reading.valence : texts.reading.arousal,
      low: -1,
      high: 1,
    }));
  }
  const prefix = what === "emotions" ? "emotion:" : "au:";
  const names = signals.filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length));
  const known = what === "emotions" ? EMOTIONS.filter((name) => names.includes(name)) : names.sort();
  return known.map((name) => {
    const named = what === "emotions" ? { label: emotionName(name), colour: expressionColour(name) } : { label: unitName(name), short: name };
    return { name: prefix + name, ...named, low: 0, high: 1 };
  });
}

type Props = Omit<StripProps, "track" | "lanes" | "label" | "laneHeight"> & {
  track: Track | null;
  person: string;
  /** What is read; as the track says if it isn't known. */
  tasks?: readonly string[];
  /** In low lanes. */
  compact?: boolean;
};

/** Whether there is what a choice shows: among the signals that were drawn, or else in what is read. */
function has(what: What, signals: readonly string[], tasks: readonly string[] | undefined): boolean {
  const task = what === "units" ? "au" : "emotion";
  return signals.some((name) => name.startsWith(`${task}:`)) || (tasks?.includes(task) ?? false);
}

/** Pixels of a lane: roomy, and compact. */
const HEIGHTS: Record<What, [number, number]> = { emotions: [34, 17], units: [26, 17], plane: [84, 56] };

export function StripChoice(props: Props) {
  const [wanted, setWhat] = useState<What>("emotions");
  const signals = props.track ? [...props.track.columns.keys()].join() : "";
  const all = [
    { value: "emotions" as const, label: texts.plots.emotions },
    { value: "units" as const, label: texts.plots.units },
    { value: "plane" as const, label: texts.plots.plane, note: texts.reading.derived },
  ];
  const choices = all.filter((choice) => has(choice.value, signals.split(","), props.tasks));
  const chosen = choices.find((choice) => choice.value === wanted) ?? choices[0];
  const what = chosen?.value ?? "emotions";
  const lanes = useMemo(() => lanesOf(what, signals.split(",")), [what, signals]);
  if (choices.length === 0) return <p class="strip-empty">{props.track || props.tasks ? texts.plots.none : texts.plots.empty}</p>;
  return (
    <div class={props.compact ? "strip-block compact" : "strip-block"}>
      <Tabs label={texts.plots.choose} value={what} choices={choices} onChange={setWhat} />
      {props.track && lanes.length > 0 ? (
        <Strip
          track={props.track}
          lanes={lanes}
          label={texts.plots.label(props.person, chosen?.label ?? "")}
          from={props.from}
          to={props.to}
          version={props.version ?? 0}
          cursor={props.cursor ?? null}
          marks={props.marks ?? []}
          laneHeight={HEIGHTS[what][props.compact ? 1 : 0]}
          {...(props.onSeek ? { onSeek: props.onSeek } : {})}
        />
      ) : (
        <p class="strip-empty">{texts.plots.empty}</p>
      )}
    </div>
  );
}
