/** Recording and its markers. */
import { createSession } from "../../api/sessions";
import { clock, moment } from "../../logic/format";
import { routeHash } from "../../logic/route";
import { Icon } from "../../parts/Icon";
import { VideoState } from "../../parts/KeepVideo";
import { useMarkerKeys } from "../../parts/useKeys";
import type { LiveRun, Recording } from "../../state/liveRun";
import { waiting } from "../../state/outbox";
import { attempt } from "../../state/say";
import { settings } from "../../state/server";
import { texts } from "../../texts";

export function RecordBar({ run, keys }: { run: LiveRun; keys: boolean }) {
  const kept = run.kept.value;
  const recording = run.recording.value;
  const mark = (label: string) => run.mark(label);
  useMarkerKeys(keys && recording !== null, mark);
  if (settings.value?.keeps === "nothing") return <p class="quiet">{texts.live.keepsNothing}</p>;

  const start = async () => {
    const name = texts.live.sessionName(moment(Date.now() / 1000));
    const made = createSession({ name, source: run.atServer ? "server" : "camera" });
    await attempt(
      made.then((session) => run.record(session.id, name)),
    );
  };

  return (
    <div class="record-bar" data-test="record-bar">
      <div class="record-buttons">
        {recording ? (
          <button type="button" class="button recording" onClick={() => run.stopRecording()} data-test="record-stop">
            <Icon name="stop" filled /> {texts.live.stopRecord}
          </button>
        ) : (
          <button
            type="button"
            class="button"
            disabled={run.state.value !== "ready"}
            onClick={() => void start()}
            data-test="record"
          >
            <span class="record-dot" aria-hidden="true" /> {texts.live.record}
          </button>
        )}
        <button type="button" class="button" disabled={!recording} onClick={() => mark("M")} data-test="mark">
          <Icon name="marker" /> {texts.live.marker}
        </button>
      </div>
      <VideoState run={run} />
      <p class="record-state" role="status">
        {recording ? (
          <RecordingState run={run} recording={recording} />
        ) : (
          kept && (
            <>
              {texts.live.recorded(kept.name)}{" "}
              <a href={routeHash("sessions", kept.session)}>{texts.live.openSession}</a>
              <Waiting />
            </>
          )
        )}
      </p>
      {run.losses.told.value.map((line) => (
        <p key={line} class="caution" data-test="loss">
          {line}
        </p>
      ))}
    </div>
  );
}

/** What the server hasn't got yet. */
function Waiting() {
  return waiting.value > 0 ? <span class="last-mark">{texts.live.waiting(waiting.value)}</span> : null;
}

function RecordingState({ run, recording }: { run: LiveRun; recording: Recording }) {
  const time = run.newest - recording.zero_s;
  const last = run.marks.list.value[run.marks.list.value.length - 1];
  return (
    <>
      <span aria-hidden="true">{texts.live.recording(clock(Math.max(0, time)), recording.frames, recording.spans)}</span>
      <span class="hidden-text">{texts.live.record}</span>
      {last && (
        <span class="last-mark">
          {texts.live.marked(last.label, clock(last.time_s, true))}
          {last.waiting && `, ${texts.live.markWaits}`}
        </span>
      )}
    </>
  );
}
