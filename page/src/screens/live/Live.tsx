/** The camera, live: what is seen, what is read, over time. */
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { percent } from "../../logic/format";
import { best, chosenFace } from "../../logic/readings";
import { emotionName, isTimed, readWords, rests } from "../../logic/words";
import { FacePanel, PersonPicker } from "../../parts/FacePanel";
import { Icon } from "../../parts/Icon";
import { Menu } from "../../parts/Menu";
import { Empty, Problem } from "../../parts/Notice";
import { SpanLane } from "../../parts/SpanLane";
import { StripChoice } from "../../parts/StripChoice";
import { LiveRun, wishOf } from "../../state/liveRun";
import { modelOf, setName, tasksWanted } from "../../state/reading";
import { say, speak } from "../../state/say";
import { atHome, canListen, settings, thresholdsOf } from "../../state/server";
import { texts } from "../../texts";
import { LiveControls } from "./LiveControls";
import { RecordBar } from "./RecordBar";
import { SourceBar, type SourceChoice } from "./SourceBar";
import { Viewfinder } from "./Viewfinder";
import { VoicePanel } from "./VoicePanel";

/** Of the line of time. */
const WINDOW_S = 30;

export function Live() {
  const run = useMemo(() => new LiveRun(), []);
  const video = useRef<HTMLVideoElement>(null);
  const [source, setSource] = useState<SourceChoice>({ kind: "camera", device: "" });
  const [mirrored, setMirrored] = useState(true);
  const [keys, setKeys] = useState(true);
  const camera = source.kind === "camera";
  const running = run.running || run.opening.value;
  const switches = useSwitchFocus(running);

  useEffect(() => {
    if (settings.value?.blur_default) run.setHide(true);
    return () => {
      const kept = run.stopRecording();
      if (kept) say(texts.live.recorded(kept.name));
      run.stop();
    };
  }, []);

  const tasks = tasksWanted(setName());
  const hears = canListen(setName());
  const start = () => {
    if (source.kind === "server") run.startServer(source.index, wishOf(setName()));
    else if (video.current) void run.startCamera(source.device, video.current, wishOf(setName()));
  };

  return (
    <div class="live">
      <h1 class="hidden-text">{texts.titles.live}</h1>
      <div class="live-left">
        {run.problem.value && <Problem text={run.problem.value} />}
        <Viewfinder
          run={run}
          video={video}
          mirrored={mirrored && camera}
          blind={run.blind.value}
          start={<SourceBar source={source} onSource={setSource} onStart={start} button={switches} />}
          stop={
            <button ref={switches} type="button" class="stage-stop" onClick={() => run.stop()} data-test="stop">
              <Icon name="stop" filled /> {texts.live.stop}
            </button>
          }
        />
        <div class="live-bar">
          <RecordBar run={run} keys={keys} />
          <Menu label={texts.live.settings} icon="settings">
            <LiveControls
              run={run}
              mirrored={mirrored}
              onMirror={setMirrored}
              canMirror={camera}
              keys={keys}
              onKeys={setKeys}
              canRest={tasks.some(rests)}
            />
          </Menu>
        </div>
        {hears && <VoicePanel run={run} atServer={run.running ? run.atServer : !camera} />}
        {(tasks.some(isTimed) || hears) && <LiveStrip run={run} tasks={tasks} hears={hears} />}
      </div>
      <aside class="live-right" aria-label={texts.nav.live}>
        <LivePanel run={run} server={!camera} tasks={tasks} />
      </aside>
    </div>
  );
}

/** Start and Stop take each other's place: the one that was pressed hands its focus on. */
function useSwitchFocus(running: boolean) {
  const button = useRef<HTMLButtonElement>(null);
  const before = useRef(running);
  useEffect(() => {
    if (before.current === running) return;
    before.current = running;
    if (document.activeElement === document.body) button.current?.focus();
  }, [running]);
  return button;
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
      blinks={run.blinks.of(face.id)}
      thresholds={thresholdsOf(modelOf(setName(), "au"))}
      picker={<PersonPicker ids={ids} chosen={face.id} onChoose={(next) => (run.chosen.value = next)} />}
    />
  );
}

/** Redrawn a few times a second: a line needs no more. */
function LiveStrip({ run, tasks, hears }: { run: LiveRun; tasks: readonly string[]; hears: boolean }) {
  const [now, setNow] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => setNow(run.newest), 250);
    return () => clearInterval(timer);
  }, []);
  const faces = run.answer.peek()?.frame.faces ?? [];
  const id = chosenFace(faces, run.chosen.value)?.id ?? null;
  const shown = useRef<number | null>(null);
  if (id !== null) shown.current = id;
  const track = (shown.current === null ? undefined : run.timeline.tracks.get(shown.current)) ?? null;
  const zero = run.recording.value?.zero_s ?? 0;
  const [from, to] = [Math.max(0, now - WINDOW_S), Math.max(WINDOW_S, now)];
  const marks = run.marks.list.value.map((marker) => ({ time_s: marker.time_s + zero, label: marker.label }));
  return (
    <section class={run.stale.value === null ? "panel live-strip" : "panel live-strip stale"} aria-label={texts.live.timeline}>
      <StripChoice
        track={track}
        tasks={tasks}
        person={texts.live.person(shown.current ?? 0)}
        from={from}
        to={to}
        version={now}
        marks={marks}
        compact
        below={hears && <SpanLane spans={run.voice.spans.value} from={from} to={to} since={run.voice.since.value} until={now} />}
      />
    </section>
  );
}
