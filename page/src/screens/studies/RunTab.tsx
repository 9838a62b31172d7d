/** A run: a person sees the stimulus while the camera records; time zero is the stimulus's start. */
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { messageOf } from "../../api/http";
import { addMarker, changeSession, createSession, deleteSession } from "../../api/sessions";
import type { Person, Session, Study } from "../../api/types";
import { clock } from "../../logic/format";
import { runAct } from "../../logic/keys";
import { slideAt, slideIntervals } from "../../logic/slides";
import { Dialog } from "../../parts/Dialog";
import { VideoKept } from "../../parts/KeepVideo";
import { useFullscreen } from "../../parts/useFullscreen";
import { useKeys } from "../../parts/useKeys";
import { LiveRun, wishOf, type Recording } from "../../state/liveRun";
import { post } from "../../state/outbox";
import { say } from "../../state/say";
import { setOf } from "../../state/server";
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
/** Clocks of browsers may run a little early. */
const ROUND_S = 0.02;

export function RunTab({ study, people, sessions, onStimulus, onRecorded }: Props) {
  const run = useMemo(() => new LiveRun(words.leaving), []);
  const camera = useRef<HTMLVideoElement>(null);
  const screen = useRef<HTMLVideoElement>(null);
  const frame = useRef<HTMLDivElement>(null);
  const stop = useRef(0);
  const fullscreen = useFullscreen(frame);
  const [personId, setPersonId] = useState("");
  const [seconds, setSeconds] = useState(10);
  const [at, setAt] = useState(0);
  const begun = useRef(0);
  const [showing, setShowing] = useState(false);
  const [keys, setKeys] = useState(true);
  const [fill, setFill] = useState(false);
  const [broken, setBroken] = useState<(Recording & { until: number }) | null>(null);
  const stimulus = stimuli.value[String(study.id)];
  const person = people.find((one) => String(one.id) === personId);
  const recording = run.recording.value;
  const newest = useRef(() => {});
  newest.current = () => {
    if (run.recording.value) end();
    clearTimeout(stop.current);
    run.stop();
  };
  useEffect(() => () => newest.current(), []);
  // The camera went, or the server let go of it: the run is over before its end.
  useEffect(() => {
    if (showing && !recording && run.kept.value) breakOff();
  }, [recording]);

  const problem = (error: unknown) => say(messageOf(error), "problem");
  const toggleFill = () => void fullscreen.toggle().catch(problem);
  useKeys(keys && stimulus !== undefined, (key) => {
    const act = runAct(key, recording !== null, fullscreen.can);
    if (act?.act === "mark") run.mark(act.label);
    else if (act) toggleFill();
    return act !== null;
  });

  /** The next picture when its time has come, and the end after the last. */
  const turn = (count: number) => {
    const shown = (performance.now() - begun.current) / 1000;
    if (shown >= seconds * count - ROUND_S) return finish();
    const now = slideAt(shown + ROUND_S, seconds, count);
    setAt(now);
    stop.current = window.setTimeout(() => turn(count), ((now + 1) * seconds - shown) * 1000);
  };

  /** Each picture that was shown becomes a marked interval. */
  const keepSlides = (session: string | number) => {
    if (stimulus?.kind !== "picture") return;
    const until = (performance.now() - begun.current) / 1000;
    const names = stimulus.files.map((file) => file.name);
    for (const slide of slideIntervals(names, seconds, until)) void post(() => addMarker(session, { ...slide, note: "" }));
  };

  /** The stimulus and the recording end; what was recorded. */
  const end = (): Recording | null => {
    clearTimeout(stop.current);
    setShowing(false);
    setAt(0);
    screen.current?.pause();
    void fullscreen.leave();
    const done = run.stopRecording() ?? run.kept.value;
    if (done) keepSlides(done.session);
    return done;
  };

  /** The server saves the last frames first. */
  const reloadSoon = () => void window.setTimeout(onRecorded, 400);

  /** A run counts as broken off until its end is told. */
  const finish = () => {
    const done = end();
    if (!done) return;
    if (person) say(words.finished(person.code));
    void post(() => changeSession(done.session, { broken_off: false })).then(reloadSoon);
  };

  const breakOff = () => {
    const until = (performance.now() - begun.current) / 1000;
    const done = end();
    if (done) setBroken({ ...done, until });
  };

  const keepBroken = () => {
    setBroken(null);
    if (person) say(words.brokenKept(person.code));
    reloadSoon();
  };

  const discard = () => {
    if (!broken) return;
    const { session } = broken;
    setBroken(null);
    void post(() => deleteSession(session)).then((done) => {
      if (done && person) say(words.discarded(person.code));
      onRecorded();
    });
  };

  /** Recording begins with the stimulus's first picture, whatever it took to load. */
  const begin = async () => {
    if (!person || !stimulus) return;
    try {
      if (fill) await fullscreen.enter();
      const name = words.sessionName(study.name, person.code);
      const place = { study_id: study.id, person_id: person.id, source: stimulus.name };
      const session = await createSession({ name, ...place, broken_off: true });
      setShowing(true);
      const video = screen.current;
      if (stimulus.kind === "video" && video) {
        video.currentTime = 0;
        await video.play();
        begun.current = performance.now() - 1000 * video.currentTime;
        run.record(session.id, name, run.time - video.currentTime);
      } else {
        run.record(session.id, name, run.time);
        begun.current = performance.now();
        turn(stimulus.files.length);
      }
    } catch (error) {
      setShowing(false);
      void fullscreen.leave();
      problem(error);
    }
  };

  const openCamera = () => {
    if (camera.current) void run.startCamera("", camera.current, wishOf(setOf(null)));
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
        at={at}
        seconds={seconds}
        onSeconds={setSeconds}
        onFill={fullscreen.can ? toggleFill : null}
        note={fullscreen.full && <VideoKept run={run} />}
      />
      <RunSide
        run={run}
        camera={camera}
        people={people}
        done={new Set(sessions.filter((session) => session.counts).map((session) => String(session.person_id)))}
        person={person}
        onPerson={setPersonId}
        stimulus={stimulus !== undefined}
        keys={keys}
        onKeys={setKeys}
        fill={fill}
        onFill={fullscreen.can ? setFill : null}
        onCamera={openCamera}
        onBegin={() => void begin()}
        onStop={breakOff}
      />
      {broken && (
        <Dialog
          title={words.brokenTitle}
          action={words.brokenKeep}
          other={{ label: words.brokenDiscard, onDone: discard }}
          onDone={keepBroken}
          onClose={keepBroken}
        >
          <p>{words.brokenText(person?.code ?? "", clock(broken.until, true))}</p>
          {run.losses.told.value.map((line) => (
            <p key={line}>{line}</p>
          ))}
        </Dialog>
      )}
    </div>
  );
}
