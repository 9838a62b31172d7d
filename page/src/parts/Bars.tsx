/** Readings as bars on a scale: the number is always there in figures too. */
import type { AuReading, ClassReading } from "../api/results";
import { expressionColour } from "../logic/colours";
import { percent, percentNumber } from "../logic/format";
import { emotionBars, isUncertain, unitBars } from "../logic/readings";
import { emotionName, reasonWords } from "../logic/words";
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
  const uncertain = isUncertain(reading);
  return (
    <ul class="bars" aria-label={texts.reading.emotion} data-test="emotions">
      {emotionBars(reading).map((bar) => (
        <li key={bar.name} class={bar.best ? "bar best" : "bar"}>
          <span class="bar-name">{emotionName(bar.name)}</span>
          <Track share={bar.share} kind={bar.best && uncertain ? "hatched" : "own"} colour={expressionColour(bar.name)} />
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
