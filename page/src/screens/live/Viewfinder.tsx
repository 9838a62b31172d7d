/** The picture of the camera, with boxes, labels and the state of the connection. */
import type { ComponentChildren, RefObject } from "preact";
import { withoutMesh } from "../../logic/mesh";
import { chosenFace } from "../../logic/readings";
import { Stage } from "../../parts/Stage";
import type { LiveRun } from "../../state/liveRun";
import { texts } from "../../texts";

interface Props {
  run: LiveRun;
  video: RefObject<HTMLVideoElement>;
  mirrored: boolean;
  /** Is there no camera, though voices are read? */
  blind?: boolean;
  /** Stands in the middle while nothing is looked at, instead of a word. */
  start?: ComponentChildren;
  /** Stands in a corner meanwhile. */
  stop?: ComponentChildren;
}

const NOBODY: never[] = [];

function State({ run, blind }: { run: LiveRun; blind: boolean }) {
  const state = run.state.value;
  if (state === "off" && !run.opening.value) return null;
  const told = state === "ready" && run.silent.value ? "silent" : state;
  // The note of their age says more than "Live" would.
  if (told === "ready" && run.stale.value !== null) return null;
  const word = run.opening.value ? texts.live.states.connecting : told === "ready" && blind ? texts.voice.onlyVoice : texts.live.states[told];
  const calm = told === "ready";
  return (
    <div class={`stage-state ${told}`} role={calm ? undefined : "alert"} data-test="live-state">
      <span class={`lamp ${calm ? "up" : state === "ended" ? "off" : "down"}`} aria-hidden="true" />
      {word}
      {!calm && run.message.value && <span>: {run.message.value}</span>}
    </div>
  );
}

function Numbers({ run }: { run: LiveRun }) {
  const answer = run.answer.value;
  if (!answer || run.state.value !== "ready" || run.stale.value !== null) return null;
  return (
    <dl class="stage-numbers">
      <div>
        <dd data-test="fps">{run.fps.value.toFixed(1)}</dd>
        <dt>{texts.live.fps}</dt>
      </div>
      <div>
        <dd data-test="delay">{Math.round(run.delay.value ?? 0)} ms</dd>
        <dt>{texts.live.latency}</dt>
      </div>
    </dl>
  );
}

export function Viewfinder({ run, video, mirrored, blind = false, start, stop }: Props) {
  const frame = run.answer.value?.frame;
  const faces = frame?.faces ?? NOBODY;
  const idle = run.state.value === "off" || blind;
  const stale = run.stale.value;
  return (
    <div class={idle ? "viewfinder idle" : stale === null ? "viewfinder" : "viewfinder stale"}>
      <Stage
        label={texts.live.preview}
        width={frame?.width ?? 0}
        height={frame?.height ?? 0}
        faces={run.hide.value ? withoutMesh(faces) : faces}
        chosen={chosenFace(faces, run.chosen.value)?.id ?? null}
        mirrored={mirrored}
        fits
        picture={run.picture.value}
        onChoose={(id) => (run.chosen.value = id)}
        above={
          <>
            <State run={run} blind={blind} />
            <Numbers run={run} />
            {idle && !run.opening.value ? (start ?? <div class="stage-note off">{texts.live.states.off}</div>) : stop}
            {stale !== null && (
              <div class="stage-note aged" data-test="stale">
                {texts.live.stale(stale)}
              </div>
            )}
            {run.reference.value === "collecting" && <div class="stage-note">{texts.live.collecting}</div>}
          </>
        }
      >
        <video ref={video} class={mirrored ? "mirrored" : ""} muted playsInline aria-hidden="true" tabIndex={-1} />
        <div class="reticle" aria-hidden="true" />
      </Stage>
    </div>
  );
}
