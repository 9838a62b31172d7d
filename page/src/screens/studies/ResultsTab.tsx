/** What came of a study: each group's average beside the stimulus, numbers per interval, exports. */
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { studyExport, studyIntervals, studyTimeline } from "../../api/studies";
import type { IntervalRow, Study } from "../../api/types";
import { clock, decimal } from "../../logic/format";
import { EMOTIONS } from "../../logic/readings";
import { capital, signalName } from "../../logic/words";
import { GroupPlot } from "../../parts/GroupPlot";
import { Icon } from "../../parts/Icon";
import { Problem } from "../../parts/Notice";
import { useLoad } from "../../parts/useLoad";
import { models } from "../../state/server";
import { stimuli } from "../../state/stimulus";
import { texts } from "../../texts";

const words = texts.studies;

function signals(): { group: string; names: string[] }[] {
  const labels = models.value?.labels ?? {};
  const emotions = labels["emotion"] ?? EMOTIONS.slice(0, 7);
  return [
    { group: texts.plots.emotions, names: emotions.map((name) => `emotion:${name}`) },
    { group: `${texts.plots.plane} (${texts.reading.derived})`, names: ["valence", "arousal"] },
    { group: texts.plots.units, names: (labels["au"] ?? []).map((code) => `au:${code}`) },
  ];
}

export function ResultsTab({ study }: { study: Study }) {
  const [signal, setSignal] = useState("emotion:happy");
  const [time, setTime] = useState<number | null>(null);
  const line = useLoad(() => studyTimeline(study.id, signal), [study.id, signal]);
  const rows = useLoad(() => studyIntervals(study.id, signal), [study.id, signal]);
  const screen = useRef<HTMLVideoElement>(null);
  const choices = useMemo(signals, [models.value]);
  const groups = (line.value?.groups ?? []).filter((group) => group.time_s.length > 0);
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
        {(["csv", "parquet"] as const).map((format) => (
          <a key={format} class="button small" href={studyExport(study.id, format)} download="">
            <Icon name="down" /> {format === "csv" ? "CSV" : "Parquet"}
          </a>
        ))}
      </div>
      {line.error && <Problem text={line.error} />}
      <section class="panel results-plot" aria-label={words.average}>
        <h2>{words.average}</h2>
        {groups.length > 0 ? (
          <div class="beside">
            <GroupPlot
              groups={groups}
              signal={signal}
              label={`${words.average}: ${signalName(signal)}`}
              cursor={time}
              onSeek={seek}
            />
            <Beside study={study} screen={screen} onTime={setTime} />
          </div>
        ) : (
          <p class="quiet">{line.loading ? texts.common.loading : words.noAverage}</p>
        )}
      </section>
      <section class="panel" aria-label={words.intervals}>
        <h2>{words.intervals}</h2>
        {rows.value && rows.value.length > 0 ? (
          <Intervals rows={rows.value} />
        ) : (
          <p class="quiet">{rows.loading ? texts.common.loading : (rows.error ?? words.noIntervals)}</p>
        )}
      </section>
    </div>
  );
}

/** The stimulus, in step with the plot's cursor. */
function Beside(props: {
  study: Study;
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
    return <p class="quiet">{words.stimulusUnknown}</p>;
  }
  return open.kind === "video" ? (
    <video ref={props.screen} class="beside-screen" src={open.url} controls muted playsInline aria-label={words.stimulus} />
  ) : (
    <img class="beside-screen" src={open.url} alt={words.stimulus} />
  );
}

function Intervals({ rows }: { rows: readonly IntervalRow[] }) {
  const columns = words.columns;
  return (
    <div class="table-wrap" tabIndex={0} role="region" aria-label={words.intervals}>
      <table class="table" data-test="intervals">
        <thead>
          <tr>
            <th>{columns.person}</th>
            <th>{columns.group}</th>
            <th>{columns.label}</th>
            <th class="number">{columns.from}</th>
            <th class="number">{columns.to}</th>
            <th class="number">{columns.mean}</th>
            <th class="number">{columns.max}</th>
            <th class="number">{columns.active}</th>
            <th class="number">{columns.seen}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row, index) => (
            <tr key={index}>
              <td>{row.person}</td>
              <td>{row.group ?? "\u2013"}</td>
              <td>{row.label}</td>
              <td class="number">{clock(row.start_s, true)}</td>
              <td class="number">{clock(row.end_s, true)}</td>
              <td class="number">{decimal(row.mean)}</td>
              <td class="number">{decimal(row.max)}</td>
              <td class="number">{decimal(row.share_active)}</td>
              <td class="number">{decimal(row.seconds_seen, 1)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
