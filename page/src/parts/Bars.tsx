/** Readings as bars on a scale: the number is always there in figures too. */
import type { AuReading, ClassReading } from "../api/results";
import { percentNumber } from "../logic/format";
import { emotionBars, isUncertain, unitBars } from "../logic/readings";
import { emotionName, reasonWords } from "../logic/words";
import { texts } from "../texts";

function Track({ share, kind }: { share: number; kind: string }) {
  return (
    <span class="track" aria-hidden="true">
      <span class={`fill ${kind}`} style={{ transform: `scaleX(${Math.min(1, Math.max(0, share)).toFixed(3)})` }} />
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
          <Track share={bar.share} kind={bar.best ? (uncertain ? "hatched" : "strong") : "soft"} />
          <span class="bar-value">{percentNumber(bar.share)}</span>
        </li>
      ))}
    </ul>
  );
}

export function UnitBars({ reading, names }: { reading: AuReading; names: Record<string, string> }) {
  return (
    <div>
      {reading.reliable === false && reading.reason && (
        <p class="caution">{texts.reading.unitsUnreliable(reasonWords(reading.reason))}</p>
      )}
      <ul class="bars units" aria-label={texts.reading.units} data-test="units">
        {unitBars(reading).map((bar) => (
          <li key={bar.code} class={bar.active ? "bar best" : "bar"}>
            <span class="bar-code">{bar.code}</span>
            <span class="bar-name">{texts.units[bar.code] ?? names[bar.code] ?? ""}</span>
            <Track share={bar.share} kind={reading.reliable === false ? "hatched" : bar.active ? "strong" : "soft"} />
            <span class="bar-value">
              {percentNumber(bar.share)}
              {bar.active && <span class="hidden-text"> {texts.reading.active}</span>}
            </span>
          </li>
        ))}
      </ul>
    </div>
  );
}
