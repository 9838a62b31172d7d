/** What is said of voices, utterance by utterance. */
import type { ClassReading, FusedReading, SpanResult } from "../api/results";
import { isClass } from "./readings";

/** What was read of an utterance, task by task: the expression first, then tasks of one's own. */
export function voiceReadings(span: SpanResult): [string, ClassReading][] {
  return Object.entries(span).flatMap(([task, value]) => (isClass(value) ? [[task, value]] : []));
}

/** Whether it is of face and voice together. */
export function isFused(reading: ClassReading): reading is ClassReading & FusedReading {
  return Array.isArray((reading as Partial<FusedReading>).sides);
}

/** Where, in utterances by their start, the one stands that is said at `time`, or the last one before; -1 if there is none. */
export function spanAt(spans: readonly SpanResult[], time: number): number {
  let low = 0;
  let high = spans.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((spans[middle]?.start_s ?? 0) <= time + 1e-6) low = middle;
    else high = middle - 1;
  }
  return high >= 0 && (spans[high]?.start_s ?? 0) <= time + 1e-6 ? high : -1;
}

/** Seconds after which an utterance begins to fade, and until it is as faint as it gets. */
const FADES_S = 3;
const FAINT_S = 20;
const FAINTEST = 0.35;

/** How strongly an utterance is shown that ended so long ago: 1, less and less, then 0.35. */
export function strengthOf(ageS: number): number {
  const share = Math.min(1, Math.max(0, (ageS - FADES_S) / (FAINT_S - FADES_S)));
  return Number((1 - share * (1 - FAINTEST)).toFixed(2));
}
