/** The stimulus: chosen from this device, shown while the camera records. */
import type { ComponentChildren, RefObject } from "preact";
import { useEffect } from "preact/hooks";
import { messageOf } from "../../api/http";
import { changeStudy } from "../../api/studies";
import type { Study } from "../../api/types";
import { Icon } from "../../parts/Icon";
import { Empty } from "../../parts/Notice";
import { say } from "../../state/say";
import { openStimulus, stimuli, type OpenStimulus } from "../../state/stimulus";
import { texts } from "../../texts";

interface Props {
  study: Study;
  screen: RefObject<HTMLVideoElement>;
  /** What fills the screen. */
  frame: RefObject<HTMLDivElement>;
  showing: boolean;
  /** Which of several pictures. */
  at: number;
  seconds: number;
  onSeconds: (seconds: number) => void;
  onEnded: () => void;
  onChange: () => void;
  /** None where the browser gives the screen to nothing. */
  onFill: (() => void) | null;
  /** What is said over the stimulus. */
  note: ComponentChildren;
}

const words = texts.studies;

export function StimulusBox(props: Props) {
  const { study, screen, showing, at, seconds, onSeconds, onEnded, onChange, onFill } = props;
  const open = stimuli.value[String(study.id)];
  const choose = (event: Event) => {
    const input = event.currentTarget as HTMLInputElement;
    openStimulus(study.id, [...(input.files ?? [])]);
    input.value = "";
  };
  /** The study keeps the name and length of its first stimulus. */
  const remember = (opened: OpenStimulus, duration: number | null) => {
    if (study.stimulus) return;
    const stimulus = { name: opened.name, kind: opened.kind, duration_s: duration };
    changeStudy(study.id, { stimulus }).then(onChange, (error) => say(messageOf(error), "problem"));
  };
  useEffect(() => {
    if (showing && open?.kind === "picture") remember(open, seconds * open.files.length);
  }, [showing]);
  return (
    <section class={showing ? "panel stimulus showing" : "panel stimulus"} aria-label={words.stimulus}>
      <div class="title-row">
        <h2>{words.stimulus}</h2>
        <div class="controls">
          {open && onFill && (
            <button type="button" class="button small" title={words.fillHint} onClick={onFill} data-test="run-fill">
              <Icon name="full" /> {words.fill}
            </button>
          )}
          {!showing && (
            <label class="button small file-button">
              {words.stimulusChoose}
              <input type="file" accept="video/*,image/*" multiple onChange={choose} data-test="stimulus" />
            </label>
          )}
        </div>
      </div>
      {!open && (
        <Empty
          icon="files"
          title={words.stimulusNone}
          text={study.stimulus ? words.stimulusAgain(study.stimulus.name) : words.stimulusHelp}
        />
      )}
      {open && (
        <div class="stimulus-screen" ref={props.frame}>
          {open.kind === "video" ? (
            <video
              ref={screen}
              src={open.files[0]?.url}
              playsInline
              preload="auto"
              aria-label={words.stimulus}
              onLoadedMetadata={(event) => remember(open, event.currentTarget.duration)}
              onEnded={() => showing && onEnded()}
            />
          ) : (
            <img
              src={(open.files[at] ?? open.files[0])?.url}
              alt={words.stimulus}
              class={showing ? "" : "dimmed"}
            />
          )}
          {props.note}
        </div>
      )}
      {open && study.stimulus && study.stimulus.name !== open.name && (
        <p class="caution">{words.stimulusOther(study.stimulus.name)}</p>
      )}
      {open && open.files.length > 1 && <small>{words.pictureOf(at + 1, open.files.length)}</small>}
      {open?.kind === "picture" && !showing && (
        <label class="field inline">
          <span>{words.pictureTime}</span>
          <input
            class="short"
            type="number"
            min={1}
            max={600}
            value={seconds}
            onInput={(event) => onSeconds(Number(event.currentTarget.value) || 10)}
          />
        </label>
      )}
      {!showing && <small>{words.stimulusNote}</small>}
    </section>
  );
}
