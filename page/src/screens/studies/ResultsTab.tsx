/** What came of a study: each group's average beside the stimulus, numbers per interval, exports. */
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { studyExport, studyIntervals, studyNumbers, studyTimeline, type NumbersTable } from "../../api/studies";
import type { IntervalRow, Person, Session, Study } from "../../api/types";
import { WHOLE } from "../../logic/groups";
import { EMOTIONS } from "../../logic/readings";
import { slideAt, slideSeconds } from "../../logic/slides";
import { capital, signalName } from "../../logic/words";
import { GroupPlane } from "../../parts/GroupPlane";
import { GroupPlot } from "../../parts/GroupPlot";
import { Icon } from "../../parts/Icon";
import { Problem } from "../../parts/Notice";
import { PlainNames, plainNames } from "../../parts/PlainNames";
import { Scrubber } from "../../parts/Scrubber";
import { useLoad } from "../../parts/useLoad";
import { models } from "../../state/server";
import { stimuli } from "../../state/stimulus";
import { texts } from "../../texts";
import { IntervalTables } from "./IntervalTables";
import { RunsTable } from "./RunsTable";
import { WholeTable } from "./WholeTable";

const words = texts.studies;

function signals(): { group: string; names: string[] }[] {
  const labels = models.value?.labels ?? {};
  const known = labels["emotion"] ?? EMOTIONS.slice(0, 7);
  const emotions = EMOTIONS.filter((name) => known.includes(name));
  const groups = [
    { group: texts.plots.emotions, names: emotions.map((name) => `emotion:${name}`) },
    { group: `${texts.plots.plane} (${texts.reading.derived})`, names: ["valence", "arousal"] },
    { group: texts.plots.units, names: (labels["au"] ?? []).map((code) => `au:${code}`) },
  ];
  return groups.filter(({ names }) => names.length > 0);
}

interface Props {
  study: Study;
  people: readonly Person[];
  sessions: readonly Session[];
  onSessions: () => void;
}

export function ResultsTab({ study, people, sessions, onSessions }: Props) {
  const [signal, setSignal] = useState("emotion:happy");
  const [time, setTime] = useState<number | null>(null);
  useEffect(onSessions, []);
  // Which runs count: the numbers follow.
  const counting = sessions.map((session) => `${session.id}${session.counts ? "+" : "-"}`).join();
  const line = useLoad(() => studyTimeline(study.id, signal), [study.id, signal, counting]);
  const valence = useLoad(() => studyTimeline(study.id, "valence"), [study.id, counting]);
  const arousal = useLoad(() => studyTimeline(study.id, "arousal"), [study.id, counting]);
  const numbers = useLoad(() => studyIntervals(study.id), [study.id, counting]);
  const screen = useRef<HTMLVideoElement>(null);
  const choices = useMemo(signals, [models.value]);
  const groups = (line.value?.groups ?? []).filter((group) => group.time_s.length > 0);
  const times = groups.flatMap((group) => group.time_s);
  const [first, last] = [Math.min(0, ...times), Math.max(0, ...times)];
  const found = numbers.value;
  const of = <Row extends { signal: string }>(rows: readonly Row[] = []) => rows.filter((row) => row.signal === signal);
  const seek = (to: number) => {
    setTime(to);
    if (screen.current) screen.current.currentTime = Math.max(0, to);
  };
  return (
    <div class="results">
      <div class="controls">
        <label class="field inline">
          <span>{words.signal}</span>
          <select value={signal} onChange={(event) => setSignal(event.currentTarget.value)} data-test="signal">
            {choices.map(({ group, names }) => (
              <optgroup label={group}>
                {names.map((name) => (
                  <option value={name}>{capital(signalName(name))}</option>
                ))}
              </optgroup>
            ))}
          </select>
        </label>
        <span class="spacer" />
        <PlainNames />
        {(["csv", "parquet"] as const).map((format) => (
          <a key={format} class="button small" href={studyExport(study.id, format, plainNames.value)} download="">
            <Icon name="down" /> {format === "csv" ? "CSV" : "Parquet"}
          </a>
        ))}
      </div>
      {line.error && <Problem text={line.error} />}
      <section class="panel results-plot" aria-label={words.average}>
        <div class="title-row">
          <h2>{words.average}</h2>
          <NumbersLink study={study.id} table="timeline" signal={signal} />
        </div>
        {groups.length > 0 ? (
          <div class="beside">
            <div class="beside-column">
              <GroupPlot
                groups={groups}
                signal={signal}
                label={`${words.average}: ${signalName(signal)}`}
                cursor={time}
                onSeek={seek}
              />
              <Scrubber from={first} to={last} time={time ?? first} onSeek={seek} test="group-time" />
            </div>
            <div class="beside-column">
              <Beside
                study={study}
                rows={of(found?.rows)}
                time={time}
                screen={screen}
                onTime={setTime}
              />
              {valence.value && arousal.value && (
                <GroupPlane valence={valence.value.groups} arousal={arousal.value.groups} cursor={time} />
              )}
            </div>
          </div>
        ) : (
          <p class="quiet">{line.loading ? texts.common.loading : words.noAverage}</p>
        )}
      </section>
      <section class="panel" aria-label={words.intervals}>
        <div class="title-row">
          <h2>{words.intervals}</h2>
          <div class="controls">
            {(["groups", "differences", "intervals"] as const).map((table) => (
              <NumbersLink key={table} study={study.id} table={table} signal={null} />
            ))}
          </div>
        </div>
        {found && found.rows.length > 0 ? (
          <>
            <WholeTable {...found} signals={choices.flatMap(({ names }) => names)} />
            <h3 class="apart">{words.intervalsOf(capital(signalName(signal)))}</h3>
            <IntervalTables groups={of(found.groups)} differences={of(found.differences)} rows={of(found.rows)} />
            {!found.rows.some((row) => row.label !== WHOLE) && <p class="quiet">{words.noIntervals}</p>}
          </>
        ) : (
          <p class="quiet">{numbers.loading ? texts.common.loading : (numbers.error ?? words.noAverage)}</p>
        )}
      </section>
      {sessions.length > 0 && (
        <section class="panel" aria-label={words.runs.title}>
          <h2>{words.runs.title}</h2>
          <p class="quiet">{words.runs.help}</p>
          <RunsTable people={people} sessions={sessions} onChange={onSessions} />
        </section>
      )}
    </div>
  );
}

/** The stimulus, in step with the plot's cursor. */
function Beside(props: {
  study: Study;
  rows: readonly IntervalRow[];
  time: number | null;
  screen: { current: HTMLVideoElement | null };
  onTime: (time: number) => void;
}) {
  const open = stimuli.value[String(props.study.id)];
  useEffect(() => {
    let handle = 0;
    const step = () => {
      const video = props.screen.current;
      if (video && !video.paused) props.onTime(video.currentTime);
      handle = requestAnimationFrame(step);
    };
    handle = requestAnimationFrame(step);
    return () => cancelAnimationFrame(handle);
  }, []);
  if (!open) {
    return (
      <p class="beside-none">
        <Icon name="play" /> {words.stimulusUnknown}
      </p>
    );
  }
  if (open.kind === "video") {
    return (
      <video
        ref={props.screen}
        class="beside-screen"
        src={open.files[0]?.url}
        controls
        muted
        playsInline
        aria-label={words.stimulus}
      />
    );
  }
  const count = open.files.length;
  const lengths = slideSeconds(
    open.files.map((file) => file.name),
    props.rows,
  );
  const seconds = lengths[0] ?? (props.study.stimulus?.duration_s ?? 1) / count;
  const slide = slideAt(props.time ?? 0, seconds, count);
  return (
    <>
      <img class="beside-screen" src={open.files[slide]?.url} alt={open.files[slide]?.name ?? words.stimulus} />
      {lengths.length > 1 && (
        <p class="caution" data-test="unequal">
          {words.unequal(seconds, lengths.slice(1))}
        </p>
      )}
    </>
  );
}

interface NumbersProps {
  study: Study["id"];
  table: NumbersTable;
  /** None: all of them. */
  signal: string | null;
}

/** Saves what is shown, as a table. */
function NumbersLink({ study, table, signal }: NumbersProps) {
  return (
    <a class="button small" href={studyNumbers(study, table, signal, plainNames.value)} download="">
      <Icon name="down" /> {texts.studies.saved[table]}
    </a>
  );
}
