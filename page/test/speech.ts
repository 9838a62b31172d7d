/** Utterances, for tests. */
import type { SpanResult } from "../src/api/results";

const NAMES = ["angry", "disgust", "fear", "happy", "sad", "surprise", "neutral", "calm", "bored"];

export function span(start_s: number, end_s: number, label = "happy", share = 0.6): SpanResult {
  const rest = (1 - share) / (NAMES.length - 1);
  const probabilities = Object.fromEntries(NAMES.map((name) => [name, name === label ? share : rest]));
  const quality = { speech: 0.9, level_db: -25, reliable: true, reason: null };
  return { type: "span", source: "talk.wav", span: 0, start_s, end_s, quality, voice: { label, probabilities, raw: probabilities } };
}
