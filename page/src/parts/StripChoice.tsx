/** A strip with the choice of what it shows. */
import type { ComponentChildren } from "preact";
import { useMemo, useState } from "preact/hooks";
import { classColour, expressionColour } from "../logic/colours";
import { EMOTIONS, isOther } from "../logic/readings";
import type { Lane } from "../logic/lanes";
import type { Track } from "../logic/timeline";
import { capital, emotionName, taskName, unitName } from "../logic/words";
import { texts } from "../texts";
import { Strip, type StripProps } from "./Strip";
import { Tabs } from "./Tabs";

/** Expressions, action units, the plane; or the name of another task. */
type What = string;

function lanesOf(what: What, signals: readonly string[]): Lane[] {
  if (what === "plane") {
    return ["valence", "arousal"].map((name) => ({
      name,
      label: name === "valence" ? texts.reading.valence : texts.reading.arousal,
      low: -1,
      high: 1,
    }));
  }
  const prefix = `${taskOf(what)}:`;
  const names = signals.filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length));
  return inOrder(what, names).map((name, index) => ({ name: prefix + name, ...looks(what, name, index), low: 0, high: 1 }));
}

function inOrder(what: What, names: string[]): string[] {
  if (what === "emotions") return EMOTIONS.filter((name) => names.includes(name));
  return what === "units" ? names.sort() : names;
}

function looks(what: What, name: string, index: number): Pick<Lane, "label" | "short" | "colour"> {
  if (what === "emotions") return { label: emotionName(name), colour: expressionColour(name) };
  return what === "units" ? { label: unitName(name), short: name } : { label: name, colour: classColour(index) };
}

/** The task whose readings a choice shows. */
function taskOf(what: What): string {
  if (what === "units") return "au";
  return what === "emotions" || what === "plane" ? "emotion" : what;
}

/** Other tasks, of those that are read and of those that were drawn. */
function otherTasks(signals: readonly string[], tasks: readonly string[] | undefined): string[] {
  const drawn = signals.flatMap((name) => (name.includes(":") ? [name.slice(0, name.indexOf(":"))] : []));
  return [...new Set([...(tasks ?? []), ...drawn])].filter(isOther);
}

type Props = Omit<StripProps, "track" | "lanes" | "label" | "laneHeight"> & {
  track: Track | null;
  person: string;
  /** What is read; as the track says if it isn't known. */
  tasks?: readonly string[];
  /** In low lanes. */
  compact?: boolean;
  /** Stands below it, on the same axis of time. */
  below?: ComponentChildren;
};

/** Whether there is what a choice shows: among the signals that were drawn, or else in what is read. */
function has(what: What, signals: readonly string[], tasks: readonly string[] | undefined): boolean {
  const task = taskOf(what);
  return signals.some((name) => name.startsWith(`${task}:`)) || (tasks?.includes(task) ?? false);
}

/** Pixels of a lane: roomy, and compact. */
const HEIGHTS: Record<string, [number, number]> = { units: [26, 17], plane: [84, 56] };
const CLASSES_HEIGHT: [number, number] = [34, 17];

export function StripChoice(props: Props) {
  const [wanted, setWhat] = useState<What>("emotions");
  // A class's name may have a comma in it, but no line end.
  const signals = props.track ? [...props.track.columns.keys()].join("\n") : "";
  const all = [
    { value: "emotions", label: texts.plots.emotions },
    ...otherTasks(signals.split("\n"), props.tasks).map((task) => ({ value: task, label: capital(taskName(task)) })),
    { value: "units", label: texts.plots.units },
    { value: "plane", label: texts.plots.plane, note: texts.reading.derived },
  ];
  const choices = all.filter((choice) => has(choice.value, signals.split("\n"), props.tasks));
  const chosen = choices.find((choice) => choice.value === wanted) ?? choices[0];
  const what = chosen?.value ?? "emotions";
  const lanes = useMemo(() => lanesOf(what, signals.split("\n")), [what, signals]);
  if (choices.length === 0) {
    return (
      <>
        <p class="strip-empty">{props.track || props.tasks ? texts.plots.none : texts.plots.empty}</p>
        {props.below}
      </>
    );
  }
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
          laneHeight={(HEIGHTS[what] ?? CLASSES_HEIGHT)[props.compact ? 1 : 0]}
          {...(props.onSeek ? { onSeek: props.onSeek } : {})}
        />
      ) : (
        <p class="strip-empty">{texts.plots.empty}</p>
      )}
      {props.below}
    </div>
  );
}
