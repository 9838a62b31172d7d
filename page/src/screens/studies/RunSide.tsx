/** Beside the stimulus: who is recorded, whether their face is found, and the buttons of the run. */
import type { RefObject } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { Person } from "../../api/types";
import { clock } from "../../logic/format";
import { chosenFace } from "../../logic/readings";
import { hintWords, taskName } from "../../logic/words";
import { Icon } from "../../parts/Icon";
import { KeepVideo, VideoState } from "../../parts/KeepVideo";
import { Problem } from "../../parts/Notice";
import { Switch } from "../../parts/Tabs";
import type { LiveRun } from "../../state/liveRun";
import { tasksWanted } from "../../state/reading";
import { setOf, tasksOf } from "../../state/server";
import { texts } from "../../texts";
import { Viewfinder } from "../live/Viewfinder";

interface Props {
  run: LiveRun;
  camera: RefObject<HTMLVideoElement>;
  people: readonly Person[];
  /** Ids of those who have a session that counts. */
  done: ReadonlySet<string>;
  person: Person | undefined;
  onPerson: (id: string) => void;
  /** Is one open? */
  stimulus: boolean;
  keys: boolean;
  onKeys: (on: boolean) => void;
  fill: boolean;
  /** None where the browser gives the screen to nothing. */
  onFill: ((on: boolean) => void) | null;
  onCamera: () => void;
  onBegin: () => void;
  onStop: () => void;
}

const words = texts.studies;
const MARKS = 5;

export function RunSide(props: Props) {
  const { run } = props;
  const recording = run.recording.value !== null;
  const wanted = tasksWanted(setOf(null));
  const off = tasksOf(setOf(null)).filter((task) => !wanted.includes(task));
  const idle = run.state.value === "off";
  const choice = useRef<HTMLSelectElement>(null);
  const marker = useRef<HTMLButtonElement>(null);
  const before = useRef(recording);
  useEffect(() => {
    if (before.current === recording) return;
    before.current = recording;
    // The button that was pressed is gone; the next step has the focus.
    if (document.activeElement !== document.body) return;
    if (recording) marker.current?.focus();
    else choice.current?.focus();
  }, [recording]);
  return (
    <section class="panel run-side" aria-label={words.run}>
      <PersonChoice {...props} choice={choice} />
      {!recording && <h3>{words.ready}</h3>}
      {!recording && <p class="quiet">{words.readyHelp}</p>}
      {run.problem.value && <Problem text={run.problem.value} />}
      {/* While it records, the person isn't shown to themselves. */}
      <div class={recording ? "hidden-text" : ""}>
        <Viewfinder run={run} video={props.camera} mirrored />
      </div>
      <Hints run={run} />
      {idle && (
        <button type="button" class="button" onClick={props.onCamera} data-test="run-camera">
          <Icon name="live" /> {words.openCamera}
        </button>
      )}
      {off.length > 0 && <small data-test="run-off">{words.notRead(off.map(taskName))}</small>}
      <KeepVideo run={run} />
      <VideoState run={run} />
      {recording ? <Recording {...props} marker={marker} /> : <Begin {...props} />}
    </section>
  );
}

function PersonChoice(props: Props & { choice: RefObject<HTMLSelectElement> }) {
  const { run, people, done, person, onPerson } = props;
  return (
    <label class="field">
      <span>{words.person}</span>
      <select
        ref={props.choice}
        value={person ? String(person.id) : ""}
        disabled={run.recording.value !== null}
        onChange={(event) => onPerson(event.currentTarget.value)}
        data-test="run-person"
      >
        <option value="">{words.choosePerson}</option>
        {people.map((one) => (
          <option value={String(one.id)}>
            {one.code}
            {one.group ? `, ${one.group}` : ""}
            {done.has(String(one.id)) ? " \u2713" : ""}
          </option>
        ))}
      </select>
    </label>
  );
}

/** What is still missing is said, not left to be guessed from a dull button. */
function missing({ run, person, people, stimulus }: Props): string | null {
  if (people.length === 0) return words.noPeople;
  if (!person) return words.needPerson;
  if (!stimulus) return words.needStimulus;
  if (run.state.value !== "ready") return words.needCamera;
  return run.answer.value?.frame.faces.length ? null : words.needFace;
}

function Begin(props: Props) {
  const lacks = missing(props);
  return (
    <>
      {props.onFill && <Switch label={words.fillBegin} on={props.fill} onChange={props.onFill} />}
      <button
        type="button"
        class="button primary"
        disabled={lacks !== null}
        onClick={props.onBegin}
        data-test="run-begin"
      >
        <Icon name="play" filled /> {words.begin}
      </button>
      {lacks && <small data-test="run-lacks">{lacks}</small>}
    </>
  );
}

function Recording(props: Props & { marker: RefObject<HTMLButtonElement> }) {
  const { run, person, keys, onKeys, onFill, onStop } = props;
  return (
    <>
      <p class="run-state" role="status">
        <span class="record-dot live" aria-hidden="true" /> {words.running(person?.code ?? "")}
      </p>
      <button type="button" class="button recording" onClick={onStop} data-test="run-stop">
        <Icon name="stop" filled /> {words.stop}
      </button>
      <button ref={props.marker} type="button" class="button" onClick={() => run.mark("M")} data-test="run-mark">
        <Icon name="marker" /> {texts.live.marker}
      </button>
      <div class="keys">
        <Switch label={words.keys} on={keys} onChange={onKeys} />
        <small>
          {texts.live.markerHint}
          {onFill && `; ${words.fillHint}`}
        </small>
      </div>
      {run.state.value !== "ready" && (
        <p class="caution" role="alert">
          {texts.live.states[run.state.value]}
        </p>
      )}
      {run.losses.told.value.map((line) => (
        <p key={line} class="caution" data-test="loss">
          {line}
        </p>
      ))}
      <ul class="run-marks">
        {run.marks.list.value.slice(-MARKS).map((marker) => (
          <li key={marker.id}>
            {texts.live.marked(marker.label, clock(marker.time_s, true))}
            {marker.waiting && `, ${texts.live.markWaits}`}
          </li>
        ))}
      </ul>
    </>
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
