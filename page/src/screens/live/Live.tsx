/** The camera, live: what is seen, what is read, over time. */
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { percent } from "../../logic/format";
import { best, chosenFace } from "../../logic/readings";
import { emotionName, readWords, rests } from "../../logic/words";
import { FacePanel, PersonPicker } from "../../parts/FacePanel";
import { Empty, Problem } from "../../parts/Notice";
import { StripChoice } from "../../parts/StripChoice";
import { LiveRun } from "../../state/liveRun";
import { say, speak } from "../../state/say";
import { atHome, setOf, settings, tasksOf } from "../../state/server";
import { texts } from "../../texts";
import { LiveControls } from "./LiveControls";
import { RecordBar } from "./RecordBar";
import { SourceBar, type SourceChoice } from "./SourceBar";
import { Viewfinder } from "./Viewfinder";

const WINDOW_S = 45;

export function Live() {
  const run = useMemo(() => new LiveRun(), []);
  const video = useRef<HTMLVideoElement>(null);
  const [source, setSource] = useState<SourceChoice>({ kind: "camera", device: "" });
  const [chosenSet, setSet] = useState<string | null>(null);
  const [mirrored, setMirrored] = useState(true);

  useEffect(() => {
    if (settings.value?.blur_default) run.setHide(true);
    return () => {
      const kept = run.stopRecording();
      if (kept) say(texts.live.recorded(kept.name));
      run.stop();
    };
  }, []);

  const set = setOf(chosenSet);
  const tasks = tasksOf(set);
  const start = () => {
    if (source.kind === "server") run.startServer(source.index, set);
    else if (video.current) void run.startCamera(source.device, video.current, set);
  };
  const changeSet = (next: string) => {
    setSet(next);
    run.setModels(next);
  };

  return (
    <div class="live">
      <h1 class="hidden-text">{texts.titles.live}</h1>
      <div class="live-left">
        <SourceBar run={run} source={source} onSource={setSource} set={set} onSet={changeSet} onStart={start} />
        {run.problem.value && <Problem text={run.problem.value} />}
        <Viewfinder run={run} video={video} mirrored={mirrored && source.kind === "camera"} />
        <div class="live-bar">
          <RecordBar run={run} camera={source.kind === "camera"} />
          <LiveControls run={run} mirrored={mirrored} onMirror={setMirrored} canMirror={source.kind === "camera"} canRest={tasks.some(rests)} />
        </div>
        {tasks.some(rests) && <LiveStrip run={run} tasks={tasks} />}
      </div>
      <aside class="live-right" aria-label={texts.nav.live}>
        <LivePanel run={run} server={source.kind === "server"} tasks={tasks} />
      </aside>
    </div>
  );
}

function LivePanel({ run, server, tasks }: { run: LiveRun; server: boolean; tasks: readonly string[] }) {
  const answer = run.answer.value;
  const faces = answer?.frame.faces ?? [];
  const face = chosenFace(faces, run.chosen.value);
  const emotion = face?.emotion;
  useEffect(() => {
    if (!face || !emotion) return;
    const name = best(emotion);
    speak(texts.live.spoken(texts.live.person(face.id ?? 0), emotionName(name), percent(emotion.probabilities[name] ?? 0)));
  }, [answer]);
  if (!answer || !run.running) {
    const what = readWords(tasks);
    return (
      <div class="panel">
        <Empty icon="live" title={texts.live.emptyTitle} text={server ? texts.live.emptyServer(what) : texts.live.empty(what, atHome ? null : location.hostname)} />
      </div>
    );
  }
  if (!face) {
    return (
      <div class="panel">
        <Empty icon="about" title={texts.live.noFace} text={texts.live.noFaceHelp} />
      </div>
    );
  }
  const id = String(face.id);
  const ids = faces.flatMap((other) => (other.id === null ? [] : [other.id])).sort((a, b) => a - b);
  return (
    <FacePanel
      stale={run.stale.value !== null}
      face={face}
      explanation={answer.explain[id] ?? null}
      derived={answer.derived[id] ?? null}
      hints={answer.hints.filter((hint) => hint.id === face.id).map((hint) => hint.hint)}
      trail={run.trail}
      picker={<PersonPicker ids={ids} chosen={face.id} onChoose={(next) => (run.chosen.value = next)} />}
    />
  );
}

/** Redrawn a few times a second: a line needs no more. */
function LiveStrip({ run, tasks }: { run: LiveRun; tasks: readonly string[] }) {
  const [now, setNow] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => setNow(run.answer.value?.time_s ?? 0), 250);
    return () => clearInterval(timer);
  }, []);
  const faces = run.answer.peek()?.frame.faces ?? [];
  const id = chosenFace(faces, run.chosen.value)?.id ?? null;
  const shown = useRef<number | null>(null);
  if (id !== null) shown.current = id;
  const track = (shown.current === null ? undefined : run.timeline.tracks.get(shown.current)) ?? null;
  const zero = run.recording.value?.zero_s ?? 0;
  const marks = run.marks.list.value.map((marker) => ({ time_s: marker.time_s + zero, label: marker.label }));
  return (
    <section class="panel" aria-label={texts.live.timeline}>
      <StripChoice
        track={track}
        tasks={tasks}
        person={texts.live.person(shown.current ?? 0)}
        from={Math.max(0, now - WINDOW_S)}
        to={Math.max(WINDOW_S, now)}
        version={now}
        marks={marks}
      />
    </section>
  );
}
