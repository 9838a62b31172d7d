/** Names of what is read, in the page's language; what it doesn't know keeps the server's word. */
import type { ClassReading, Face, SpanResult } from "../api/results";
import type { Explanation } from "../api/types";
import { percent } from "./format";
import { best, isOther, isUncertain, otherReadings } from "./readings";
import { texts } from "../texts";
import { voiceReadings } from "./voice";

export const emotionName = (name: string) => texts.emotions[name] ?? name;
export const genderName = (name: string) => texts.genders[name] ?? name;
export const reasonWords = (reason: string) => texts.reasons[reason] ?? reason;
export const voiceReason = (reason: string) => texts.voice.reasons[reason] ?? reason;
export const taskName = (task: string) => texts.about.tasks[task] ?? task;
export const hintWords = (hint: string) => texts.live.hints[hint] ?? hint.replaceAll("_", " ");

export interface Said {
  /** The most probable class, in words. */
  word: string;
  share: string;
  uncertain: boolean;
}

/** Tasks whose classes are expressions. */
export const EXPRESSIONS = ["emotion", "voice", "face_voice"];

/** What a reading says. */
export function said(task: string, reading: ClassReading): Said {
  const name = best(reading);
  const word = EXPRESSIONS.includes(task) ? emotionName(name) : name;
  return { word, share: percent(reading.probabilities[name] ?? 0), uncertain: isUncertain(reading) };
}

/** What stands first of a face: its expression, or the first of the other tasks. */
export function headOf(face: Face): Said | null {
  if (face.emotion) return said("emotion", face.emotion);
  const first = otherReadings(face)[0];
  return first ? said(...first) : null;
}

/** What stands first of an utterance; null where nothing was scored. */
export function headOfSpan(span: SpanResult): Said | null {
  const first = voiceReadings(span)[0];
  return first ? said(...first) : null;
}

/** "Happy 97 %", or that it wasn't scored. */
export function spanWords(span: SpanResult): string {
  const head = headOfSpan(span);
  return head ? headline(head) : texts.voice.unscored;
}

/** "Happy 97 %", "Uncertain (happy) 97 %". */
export function headline(what: Said): string {
  return `${what.uncertain ? `${texts.reading.uncertain} (${what.word})` : capital(what.word)} ${what.share}`;
}

export function capital(text: string): string {
  return text.charAt(0).toLocaleUpperCase() + text.slice(1);
}

/** "there is no session 9" -> "There is no session 9."; what begins with a name of a file stays. */
export function sentence(message: string): string {
  const begun = /^[a-z]+[ ,]/.test(message) ? capital(message) : message;
  return /[.!?\u2026]$/.test(begun) ? begun : `${begun}.`;
}

/** "AU06 cheek raiser". */
export function unitName(code: string): string {
  return `${code} ${texts.units[code] ?? ""}`.trim();
}

/** "AU12 lip corner puller (mouthSmile)", where a mesh shows it. */
const withChannel = (code: string, channel?: string) => (channel ? `${unitName(code)} (${channel})` : unitName(code));

/** What `mimik.explain` says, in the page's language. */
export function sentences(what: Explanation): string[] {
  const words = texts.explain;
  if (!what.reliable) return [words.untrusted];
  const emotion = emotionName(what.emotion);
  const named = (codes: readonly string[]) => codes.map((code) => withChannel(code, what.channels?.[code])).join(", ");
  const told = [];
  if (what.emotion === "neutral") {
    told.push(what.other.length ? words.notAtRest(named(what.other)) : words.atRest);
  } else {
    told.push(what.supporting.length ? words.supporting(emotion, named(what.supporting)) : words.noSupport(emotion));
  }
  if (what.missing.length) {
    told.push(words.missing(what.missing.map((units) => units.map(unitName).join(words.or)).join("; ")));
  }
  if (what.agrees === false && what.units_say && what.units_say !== "neutral") {
    told.push(words.unitsSay(emotionName(what.units_say)));
  }
  if (what.duchenne !== null) told.push(what.duchenne ? words.duchenne : words.noDuchenne);
  return told;
}

/** What is read, in words: "expression, apparent gender, apparent age and action units". */
export function readWords(tasks: readonly string[]): string {
  const named = tasks.map((task) => texts.live.reads[task] ?? task);
  const last = named.pop() ?? "";
  return named.length > 0 ? `${named.join(", ")}${texts.live.and}${last}` : last;
}

/** Whether a task's answer may be a change from a face at rest. */
export const rests = (task: string): boolean => task === "emotion" || task === "au";

/** Whether a task has a timeline. */
export const isTimed = (task: string): boolean => rests(task) || isOther(task);

/** A signal's name: "emotion:happy" -> "happy", "au:AU12" -> "AU12 lip corner puller". */
export function signalName(signal: string): string {
  const [kind, name] = signal.split(":");
  if (kind === "emotion" && name) return emotionName(name);
  if (kind === "au" && name) return unitName(name);
  return kind === "valence" ? texts.reading.valence : kind === "arousal" ? texts.reading.arousal : signal;
}
