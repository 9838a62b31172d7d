/** A run: a person sees the stimulus while the camera records; time zero is the stimulus's start. */
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { messageOf } from "../../api/http";
import { createSession } from "../../api/sessions";
import type { Person, Session, Study } from "../../api/types";
import { clock } from "../../logic/format";
import { chosenFace } from "../../logic/readings";
import { hintWords } from "../../logic/words";
import { Icon } from "../../parts/Icon";
import { useMarkerKeys } from "../../parts/markerKeys";
import { Problem } from "../../parts/Notice";
import { LiveRun } from "../../state/liveRun";
import { say } from "../../state/say";
import { models } from "../../state/server";
import { stimuli } from "../../state/stimulus";
import { texts } from "../../texts";
import { Viewfinder } from "../live/Viewfinder";
import { StimulusBox } from "./StimulusBox";

interface Props {
  study: Study;
  people: readonly Person[];
  sessions: readonly Session[];
  onStimulus: () => void;
  onRecorded: () => void;
}

const words = texts.studies;

export function RunTab({ study, people, sessions, onStimulus, onRecorded }: Props) {
  const run = useMemo(() => new LiveRun(), []);
  const camera = useRef<HTMLVideoElement>(null);
  const screen = useRef<HTMLVideoElement>(null);
  const stop = useRef(0);
  const [personId, setPersonId] = useState("");
  const [seconds, setSeconds] = useState(10);
  const [showing, setShowing] = useState(false);
  const stimulus = stimuli.value[String(study.id)];
  const person = people.find((one) => String(one.id) === personId);
  const recording = run.recording.value;
  useMarkerKeys(recording !== null, (label) => run.mark(label));
  useEffect(
    () => () => {
      clearTimeout(stop.current);
      run.stop();
    },
    [],
  );

  const finish = () => {
    clearTimeout(stop.current);
    setShowing(false);
    screen.current?.pause();
    if (run.stopRecording() && person) say(words.finished(person.code));
    window.setTimeout(onRecorded, 400);
  };

  /** Recording begins with the stimulus's first picture, whatever it took to load. */
  const begin = async () => {
    if (!person || !stimulus) return;
    try {
      const name = words.sessionName(study.name, person.code);
      const session = await createSession({ name, study_id: study.id, person_id: person.id, source: stimulus.name });
      setShowing(true);
      const video = screen.current;
      if (stimulus.kind === "video" && video) {
        video.currentTime = 0;
        await video.play();
        run.record(session.id, name, run.time - video.currentTime);
      } else {
        run.record(session.id, name, run.time);
        stop.current = window.setTimeout(finish, seconds * 1000);
      }
    } catch (error) {
      setShowing(false);
      say(messageOf(error), "problem");
    }
  };

  const openCamera = () => {
    if (camera.current) void run.startCamera("", camera.current, models.value?.default ?? "base");
  };
  const seen = (run.answer.value?.frame.faces.length ?? 0) > 0;

  return (
    <div class="run">
      <StimulusBox
        study={study}
        screen={screen}
        showing={showing}
        onEnded={finish}
        onChange={onStimulus}
        seconds={seconds}
        onSeconds={setSeconds}
      />
      <section class="panel run-side">
        <label class="field">
          <span>{words.person}</span>
          <select
            value={personId}
            disabled={recording !== null}
            onChange={(event) => setPersonId(event.currentTarget.value)}
            data-test="run-person"
          >
            <option value="">{words.choosePerson}</option>
            {people.map((one) => (
              <option value={String(one.id)}>
                {one.code}
                {one.group ? `, ${one.group}` : ""}
                {sessions.some((session) => session.person_id === one.id) ? " \u2713" : ""}
              </option>
            ))}
          </select>
        </label>
        {!recording && <h3>{words.ready}</h3>}
        {!recording && <p class="quiet">{words.readyHelp}</p>}
        {run.problem.value && <Problem text={run.problem.value} />}
        {/* While it records, the person isn't shown to themselves. */}
        <div class={recording ? "run-check veiled" : "run-check"}>
          <Viewfinder run={run} video={camera} mirrored />
        </div>
        <Hints run={run} />
        {run.state.value === "off" ? (
          <button type="button" class="button" onClick={openCamera} data-test="run-camera">
            <Icon name="live" /> {words.openCamera}
          </button>
        ) : recording ? (
          <>
            <p class="run-state" role="status">
              <span class="record-dot live" aria-hidden="true" /> {words.running(person?.code ?? "")}
            </p>
            <button type="button" class="button recording" onClick={finish} data-test="run-stop">
              <Icon name="stop" filled /> {words.stop}
            </button>
            <button type="button" class="button" onClick={() => run.mark("M")} data-test="run-mark">
              <Icon name="marker" /> {texts.live.marker}
            </button>
            <small>{texts.live.markerHint}</small>
            <ul class="run-marks">
              {run.markers.value.slice(-5).map((marker) => (
                <li key={marker.id}>{texts.live.marked(marker.label, clock(marker.time_s, true))}</li>
              ))}
            </ul>
          </>
        ) : (
          <button
            type="button"
            class="button primary"
            disabled={!person || !stimulus || !seen || run.state.value !== "ready"}
            onClick={() => void begin()}
            data-test="run-begin"
          >
            <Icon name="play" filled /> {words.begin}
          </button>
        )}
      </section>
    </div>
  );
}

function Hints({ run }: { run: LiveRun }) {
  const answer = run.answer.value;
  if (!answer) return null;
  const face = chosenFace(answer.frame.faces, null);
  if (!face) return <p class="quality poor">{texts.live.noFace}</p>;
  const hints = answer.hints.filter((hint) => hint.id === face.id).map((hint) => hintWords(hint.hint));
  return hints.length ? (
    <p class="quality poor">
      <Icon name="warn" /> {hints.join(". ")}
    </p>
  ) : (
    <p class="quality good">
      <Icon name="check" /> {texts.reading.good}
    </p>
  );
}
