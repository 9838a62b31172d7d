/** All that is read from one face. */
import type { ComponentChildren } from "preact";
import type { AuReading, Face, MeshReading } from "../api/results";
import type { Explanation } from "../api/types";
import { otherReadings, valenceArousal } from "../logic/readings";
import { capital, headOf, hintWords, reasonWords, sentences, taskName } from "../logic/words";
import { models } from "../state/server";
import { texts } from "../texts";
import { ClassBars, EmotionBars, UnitBars } from "./Bars";
import { Icon } from "./Icon";
import { Plane, type PlanePoint } from "./Plane";
import { AgeScale, GenderScale } from "./Scales";

interface Props {
  face: Face;
  explanation?: Explanation | null;
  derived?: PlanePoint | null;
  hints?: readonly string[];
  trail?: readonly PlanePoint[];
  /** Unit to the probability from which on it is active. */
  thresholds?: Record<string, number>;
  /** Blinks since the face came into sight. */
  blinks?: number | null;
  /** Is it no longer of this moment? */
  stale?: boolean;
  /** Chosen among several. */
  picker?: ComponentChildren;
}

function Headline({ face }: { face: Face }) {
  const said = headOf(face);
  if (!said) return null;
  return (
    <p class="headline" data-test="headline">
      <strong class={said.uncertain ? "uncertain" : ""}>{said.uncertain ? texts.reading.uncertain : capital(said.word)}</strong>
      <span>{said.uncertain ? texts.reading.nearest(said.word, said.share) : said.share}</span>
    </p>
  );
}

function Quality({ face, hints }: { face: Face; hints: readonly string[] }) {
  const quality = face.quality;
  if (!quality) return null;
  const words = hints.length > 0 ? hints.map(hintWords) : quality.reason ? [capital(reasonWords(quality.reason))] : [];
  return words.length === 0 ? (
    <p class="quality good">
      <Icon name="check" /> {texts.reading.good}
    </p>
  ) : (
    <p class="quality poor" data-test="hints">
      <Icon name="warn" /> {words.join(". ")}
    </p>
  );
}

export function FacePanel(props: Props) {
  const { face, explanation, derived, hints = [], trail = [], thresholds = {}, blinks = null, stale = false, picker } = props;
  const point = derived ?? (face.emotion ? valenceArousal(face.emotion) : null);
  const against = face.emotion?.against_neutral || face.au?.against_neutral;
  return (
    <div class={stale ? "panel face-panel stale" : "panel face-panel"} data-test="face-panel">
      <h2 class="hidden-text">{texts.reading.face}</h2>
      {picker}
      <div class="face-columns">
        <div class="face-first">
          <header class="face-head">
            <Headline face={face} />
            <Quality face={face} hints={hints} />
          </header>
          {against && (
            <p class="quiet" data-test="against-neutral">
              {texts.reading.againstNeutral}
            </p>
          )}
          {face.emotion && (
            <section class="reading" aria-label={texts.reading.emotion}>
              <EmotionBars reading={face.emotion} />
            </section>
          )}
          {face.mesh && <Mesh reading={face.mesh} blinks={blinks} />}
          {otherReadings(face).map(([task, reading]) => (
            <section key={task} class="reading" aria-label={capital(taskName(task))}>
              <h3>{capital(taskName(task))}</h3>
              <ClassBars task={task} reading={reading} />
            </section>
          ))}
        </div>
        {(face.au || explanation) && (
          <div class="face-units">
            {face.au && <Units reading={face.au} thresholds={thresholds} />}
            {explanation && (
              <section class="reading" aria-label={texts.reading.why} data-test="why">
                <h3>{texts.reading.why}</h3>
                <p class="why">{sentences(explanation).join(" ")}</p>
              </section>
            )}
          </div>
        )}
        <div class="face-more">
          {(face.age || face.gender) && (
            <div class="pair">
              {face.age && <AgeScale age={face.age} />}
              {face.gender && <GenderScale gender={face.gender} />}
            </div>
          )}
          {point && <Plane point={point} trail={trail} />}
        </div>
      </div>
    </div>
  );
}

function Mesh({ reading, blinks }: { reading: MeshReading; blinks: number | null }) {
  const words = texts.reading;
  const { yaw_deg: yaw, pitch_deg: pitch, roll_deg: roll } = reading.pose;
  const { left, right } = reading.eye_openness;
  const known = yaw !== null && pitch !== null && roll !== null && reading.reliable;
  const degrees = (value: number) => `${Math.round(value)}°`.replace(/^-0°/, "0°");
  const share = (value: number | null) => (value === null ? "?" : `${Math.round(100 * value)} %`);
  return (
    <section class="reading" aria-label={words.mesh} data-test="mesh">
      <h3>{words.mesh}</h3>
      {known ? (
        <>
          <p title={words.headHelp}>{words.head(degrees(yaw), degrees(pitch), degrees(roll))}</p>
          <p>
            {words.eyes(share(left), share(right))}
            {blinks !== null && `; ${words.blinks(blinks)}`}
          </p>
        </>
      ) : (
        <p class="quiet">{reading.reason ? capital(reasonWords(reading.reason)) : words.noMesh}</p>
      )}
    </section>
  );
}

function Units({ reading, thresholds }: { reading: AuReading; thresholds: Record<string, number> }) {
  const words = texts.reading;
  return (
    <section class="reading" aria-label={words.units}>
      <h3>
        {words.units}
        {Object.keys(thresholds).length > 0 && (
          <small class="threshold-key">
            <span class="threshold" aria-hidden="true" /> {words.threshold}
          </small>
        )}
      </h3>
      <UnitBars reading={reading} names={models.value?.units ?? {}} thresholds={thresholds} />
    </section>
  );
}

/** The persons in sight, one chosen; nothing where there is only one. */
export function PersonPicker(props: { ids: readonly number[]; chosen: number | null; onChoose: (id: number) => void }) {
  if (props.ids.length < 2) return null;
  return (
    <div class="people" role="radiogroup" aria-label={texts.live.people}>
      {props.ids.map((id) => (
        <label key={id} class={id === props.chosen ? "chip on" : "chip"}>
          <input type="radio" name="person" checked={id === props.chosen} onChange={() => props.onChoose(id)} />
          {texts.live.person(id)}
        </label>
      ))}
    </div>
  );
}
