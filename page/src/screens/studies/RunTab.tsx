/** A run: a person sees the stimulus while the camera records; time zero is the stimulus's start. */
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { messageOf } from "../../api/http";
import { createSession } from "../../api/sessions";
import type { Person, Session, Study } from "../../api/types";
import { runAct } from "../../logic/keys";
import { useFullscreen } from "../../parts/useFullscreen";
import { useKeys } from "../../parts/useKeys";
import { LiveRun } from "../../state/liveRun";
import { say } from "../../state/say";
import { models } from "../../state/server";
import { stimuli } from "../../state/stimulus";
import { texts } from "../../texts";
import { RunSide } from "./RunSide";
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
  const frame = useRef<HTMLDivElement>(null);
  const stop = useRef(0);
  const fullscreen = useFullscreen(frame);
  const [personId, setPersonId] = useState("");
  const [seconds, setSeconds] = useState(10);
  const [showing, setShowing] = useState(false);
  const [keys, setKeys] = useState(true);
  const [fill, setFill] = useState(false);
  const stimulus = stimuli.value[String(study.id)];
  const person = people.find((one) => String(one.id) === personId);
  const recording = run.recording.value;
  useEffect(
    () => () => {
      clearTimeout(stop.current);
      run.stop();
    },
    [],
  );

  const problem = (error: unknown) => say(messageOf(error), "problem");
  const toggleFill = () => void fullscreen.toggle().catch(problem);
  useKeys(keys && stimulus !== undefined, (key) => {
    const act = runAct(key, recording !== null, fullscreen.can);
    if (act?.act === "mark") run.mark(act.label);
    else if (act) toggleFill();
    return act !== null;
  });

  const finish = () => {
    clearTimeout(stop.current);
    setShowing(false);
    screen.current?.pause();
    void fullscreen.leave();
    if (run.stopRecording() && person) say(words.finished(person.code));
    window.setTimeout(onRecorded, 400);
  };

  /** Recording begins with the stimulus's first picture, whatever it took to load. */
  const begin = async () => {
    if (!person || !stimulus) return;
    try {
      if (fill) await fullscreen.enter();
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
      void fullscreen.leave();
      problem(error);
    }
  };

  const openCamera = () => {
    if (camera.current) void run.startCamera("", camera.current, models.value?.default ?? "base");
  };

  return (
    <div class="run">
      <StimulusBox
        study={study}
        screen={screen}
        frame={frame}
        showing={showing}
        onEnded={finish}
        onChange={onStimulus}
        seconds={seconds}
        onSeconds={setSeconds}
        onFill={fullscreen.can ? toggleFill : null}
      />
      <RunSide
        run={run}
        camera={camera}
        people={people}
        done={new Set(sessions.map((session) => String(session.person_id)))}
        person={person}
        onPerson={setPersonId}
        stimulus={stimulus !== undefined}
        keys={keys}
        onKeys={setKeys}
        fill={fill}
        onFill={fullscreen.can ? setFill : null}
        onCamera={openCamera}
        onBegin={() => void begin()}
        onStop={finish}
      />
    </div>
  );
}
