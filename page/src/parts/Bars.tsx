/** Readings as bars on a scale: the number is always there in figures too. */
import type { AuReading, ClassReading } from "../api/results";
import { classColour, expressionColour } from "../logic/colours";
import { percent, percentNumber } from "../logic/format";
import { type Bar, classBars, emotionBars, isUncertain, unitBars } from "../logic/readings";
import { capital, emotionName, EXPRESSIONS, reasonWords, taskName } from "../logic/words";
import { texts } from "../texts";

interface TrackProps {
  share: number;
  kind: string;
  colour?: string;
  /** From where on it counts as present. */
  threshold?: number | undefined;
}

function Track({ share, kind, colour, threshold }: TrackProps) {
  const filled = { transform: `scaleX(${Math.min(1, Math.max(0, share)).toFixed(3)})`, ...(colour ? { color: colour } : {}) };
  return (
    <span class="track" aria-hidden="true">
      <span class={`fill ${kind}`} style={filled} />
      {threshold !== undefined && <span class="threshold" style={{ left: `${(threshold * 100).toFixed(1)}%` }} />}
    </span>
  );
}

export function EmotionBars({ reading }: { reading: ClassReading }) {
  const bars = emotionBars(reading).map((bar) => ({ ...bar, word: emotionName(bar.name), colour: expressionColour(bar.name) }));
  return <Bars label={texts.reading.emotion} test="emotions" bars={bars} uncertain={isUncertain(reading)} />;
}

/** Of a voice, each bar below its name; of its expression, or of another task that is heard. */
export function VoiceBars({ task, reading }: { task: string; reading: ClassReading }) {
  const known = EXPRESSIONS.includes(task);
  const bars = (known ? emotionBars(reading) : classBars(reading)).map((bar, index) => ({
    ...bar,
    word: known ? emotionName(bar.name) : bar.name,
    colour: known ? expressionColour(bar.name) : classColour(index),
  }));
  return <Bars label={capital(taskName(task))} test={`heard-${task}`} bars={bars} uncertain={isUncertain(reading)} layout="upright" />;
}

/** Of another task whose answer is a class. */
export function ClassBars({ task, reading }: { task: string; reading: ClassReading }) {
  const bars = classBars(reading).map((bar, index) => ({ ...bar, word: bar.name, colour: classColour(index) }));
  return <Bars label={capital(taskName(task))} test={`classes-${task}`} bars={bars} uncertain={isUncertain(reading)} />;
}

interface BarsProps {
  label: string;
  test: string;
  bars: readonly (Bar & { word: string; colour: string })[];
  uncertain: boolean;
  /** Of the style sheet. */
  layout?: string;
}

function Bars({ label, test, bars, uncertain, layout = "" }: BarsProps) {
  return (
    <ul class={`bars ${layout}`.trim()} aria-label={label} data-test={test}>
      {bars.map((bar) => (
        <li key={bar.name} class={bar.best ? "bar best" : "bar"}>
          <span class="bar-name">{bar.word}</span>
          <Track share={bar.share} kind={bar.best && uncertain ? "hatched" : "own"} colour={bar.colour} />
          <span class="bar-value">{percentNumber(bar.share)}</span>
        </li>
      ))}
    </ul>
  );
}

interface UnitProps {
  reading: AuReading;
  names: Record<string, string>;
  /** Unit to the probability from which on it is active, as the model's card says. */
  thresholds: Record<string, number>;
}

export function UnitBars({ reading, names, thresholds }: UnitProps) {
  return (
    <div>
      {reading.reliable === false && reading.reason && (
        <p class="caution">{texts.reading.unitsUnreliable(reasonWords(reading.reason))}</p>
      )}
      <ul class="bars units" aria-label={texts.reading.units} data-test="units">
        {unitBars(reading).map((bar) => {
          const threshold = thresholds[bar.code];
          return (
            <li
              key={bar.code}
              class={bar.active ? "bar best" : "bar"}
              {...(threshold === undefined ? {} : { title: texts.reading.activeFrom(percent(threshold)) })}
            >
              <span class="bar-code">{bar.code}</span>
              <span class="bar-name">{texts.units[bar.code] ?? names[bar.code] ?? ""}</span>
              <Track
                share={bar.share}
                kind={reading.reliable === false ? "hatched" : bar.active ? "strong" : "soft"}
                threshold={threshold}
              />
              <span class="bar-value">
                {percentNumber(bar.share)}
                {bar.active && <span class="hidden-text"> {texts.reading.active}</span>}
              </span>
            </li>
          );
        })}
      </ul>
    </div>
  );
}
