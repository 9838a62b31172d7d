/** A slider over time, with the time in figures. */
import { clock } from "../logic/format";
import { texts } from "../texts";

interface Props {
  from: number;
  to: number;
  time: number;
  onSeek: (time: number) => void;
  test?: string;
}

export function Scrubber({ from, to, time, onSeek, test }: Props) {
  return (
    <div class="transport">
      <input
        type="range"
        min={from}
        max={Math.max(to, from + 0.1)}
        step={0.05}
        value={Math.min(time, to)}
        aria-label={texts.plots.seek}
        aria-valuetext={clock(time, true)}
        onInput={(event) => onSeek(Number(event.currentTarget.value))}
        data-test={test}
      />
      <span class="transport-time">
        {clock(time, true)} <small>/ {clock(to, true)}</small>
      </span>
    </div>
  );
}
