/** What is said of a face's readings: order, winners, uncertainty. */
import type { AuReading, ClassReading, Face } from "../api/results";

export const UNCERTAIN = "uncertain";

/** Order of the bars, the same in every face and voice so that the eye learns the places; the last two are voices' alone. */
export const EMOTIONS = ["happy", "surprise", "neutral", "sad", "fear", "angry", "disgust", "contempt", "calm", "bored"];

/** Words' places in Russell and Mehrabian's plane; as in mimik's `explain.PLACES`. */
const PLACES: Record<string, [number, number]> = {
  angry: [-0.51, 0.59],
  disgust: [-0.6, 0.35],
  fear: [-0.64, 0.6],
  happy: [0.81, 0.51],
  sad: [-0.63, -0.27],
  surprise: [0.4, 0.67],
  neutral: [0, 0],
};

export interface Bar {
  name: string;
  share: number;
  best: boolean;
}

/** Emotions in their fixed order; what isn't known here comes last. */
export function emotionBars(reading: ClassReading): Bar[] {
  const names = Object.keys(reading.probabilities);
  const known = EMOTIONS.filter((name) => names.includes(name));
  const all = [...known, ...names.filter((name) => !EMOTIONS.includes(name))];
  const top = best(reading);
  return all.map((name) => ({ name, share: reading.probabilities[name] ?? 0, best: name === top }));
}

/** Tasks that have a place of their own on the page. */
const KNOWN = ["emotion", "gender", "age", "au", "cover", "mesh"];

/** Whether a task is one of a model of one's own, or of a package. */
export const isOther = (task: string): boolean => !KNOWN.includes(task);

/** What was read of other tasks whose answer is one of several classes. */
export function otherReadings(face: Face): [string, ClassReading][] {
  return Object.entries(face).flatMap(([task, value]) => (isOther(task) && isClass(value) ? [[task, value]] : []));
}

export function isClass(value: unknown): value is ClassReading {
  if (typeof value !== "object" || value === null || !("probabilities" in value) || !("label" in value)) return false;
  return typeof value.label === "string" && typeof value.probabilities === "object" && value.probabilities !== null;
}

/** Classes in the order of the model. */
export function classBars(reading: ClassReading): Bar[] {
  const top = best(reading);
  return Object.entries(reading.probabilities).map(([name, share]) => ({ name, share, best: name === top }));
}

/** The most probable class, uncertain or not. */
export function best(reading: ClassReading): string {
  let name = "";
  let share = -1;
  for (const [label, value] of Object.entries(reading.probabilities)) {
    if (value > share) [name, share] = [label, value];
  }
  return name;
}

export function isUncertain(reading: ClassReading): boolean {
  return reading.label === UNCERTAIN;
}

export interface UnitBar {
  code: string;
  share: number;
  active: boolean;
}

/** Units in the order of the face, brow to chin, which is the order of their numbers. */
export function unitBars(reading: AuReading): UnitBar[] {
  const shares = reading.probabilities ?? {};
  const codes = Object.keys(shares).sort();
  return codes.map((code) => ({ code, share: shares[code] ?? 0, active: reading.active.includes(code) }));
}

/** Valence and arousal derived from the emotions, as `mimik.explain.valence_arousal` does. */
export function valenceArousal(reading: ClassReading): { valence: number; arousal: number } {
  let [valence, arousal, total] = [0, 0, 0];
  for (const [name, share] of Object.entries(reading.probabilities)) {
    const place = PLACES[name];
    if (!place) continue;
    valence += share * place[0];
    arousal += share * place[1];
    total += share;
  }
  return total < 1e-6 ? { valence: 0, arousal: 0 } : { valence: valence / total, arousal: arousal / total };
}

/** The face that a panel shows: the chosen one, else the largest. */
export function chosenFace(faces: readonly Face[], id: number | null): Face | null {
  const chosen = faces.find((face) => face.id === id);
  if (chosen) return chosen;
  let largest: Face | null = null;
  for (const face of faces) {
    if (!largest || (face.quality?.size_px ?? 0) > (largest.quality?.size_px ?? 0)) largest = face;
  }
  return largest;
}
