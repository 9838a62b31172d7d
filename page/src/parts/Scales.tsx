/** Age with its interval, and gender with its share, each on a scale. */
import type { AgeReading, ClassReading } from "../api/results";
import { percent } from "../logic/format";
import { best, isUncertain } from "../logic/readings";
import { capital, genderName } from "../logic/words";
import { texts } from "../texts";

const OLDEST = 100;
const TICKS = [0, 20, 40, 60, 80, 100];

function at(years: number): string {
  return `${Math.min(100, Math.max(0, (years / OLDEST) * 100)).toFixed(1)}%`;
}

export function AgeScale({ age }: { age: AgeReading }) {
  const words = texts.reading;
  const { low, high } = age;
  return (
    <section class="reading" aria-label={words.age} data-test="age">
      <h3>{words.age}</h3>
      <p class="figure">
        <strong>{Math.round(age.years)}</strong>
        {low !== null && high !== null && (
          <span>{words.interval(String(Math.round(low)), String(Math.round(high)))}</span>
        )}
        {age.group && <span data-test="age-group">{words.group(age.group)}</span>}
      </p>
      <div class="scale" aria-hidden="true">
        {TICKS.map((tick) => (
          <span key={tick} class="scale-tick" style={{ left: at(tick) }}>
            {tick}
          </span>
        ))}
        {low !== null && high !== null && (
          <span class="scale-range" style={{ left: at(low), width: at(high - low) }} />
        )}
        <span class="scale-needle" style={{ left: at(age.years) }} />
      </div>
    </section>
  );
}

export function GenderScale({ gender }: { gender: ClassReading }) {
  const words = texts.reading;
  const name = best(gender);
  const share = gender.probabilities[name] ?? 0;
  const uncertain = isUncertain(gender);
  const female = gender.probabilities["female"] ?? 0;
  return (
    <section class="reading" aria-label={words.gender} data-test="gender">
      <h3>{words.gender}</h3>
      <p class="figure">
        <strong class={uncertain ? "uncertain" : ""}>{uncertain ? words.uncertain : capital(genderName(name))}</strong>
        <span>{uncertain ? words.nearest(genderName(name), percent(share)) : percent(share)}</span>
      </p>
      <div class="scale split" aria-hidden="true">
        <span class="scale-end">{genderName("female")}</span>
        <span class="scale-line">
          <span class="scale-needle" style={{ left: `${((1 - female) * 100).toFixed(1)}%` }} />
        </span>
        <span class="scale-end">{genderName("male")}</span>
      </div>
    </section>
  );
}
