/** What `mimik analyze --models base` says of its example portrait, shortened. */
import type { Face, Frame } from "../src/api/results";

const emotion = { angry: 0.0007, disgust: 0, fear: 0.0006, happy: 0.9722, sad: 0.0004, surprise: 0.0059, neutral: 0.0201 };
const gender = { female: 0.5939, male: 0.4061 };
const years = { years: 29.67, low: 21.89, high: 38.09 };
const units = { AU01: 0.0328, AU06: 0.8868, AU12: 0.9927, AU25: 0.9921 };

export function face(changes: Partial<Face> = {}): Face {
  return {
    id: 0,
    box_xyxy: [181.5, 65.9, 267.3, 178.8],
    landmarks_xy: null,
    score: 0.9365,
    quality: { size_px: 98.5, sharpness: 0.801, brightness: 0.618, pose: null, reliable: true, reason: null },
    emotion: { label: "happy", probabilities: emotion, raw: emotion },
    gender: { label: "uncertain", probabilities: gender, raw: gender },
    age: { ...years, group: "20-29", raw: years },
    au: { active: ["AU06", "AU12", "AU25"], probabilities: units, raw: units, reliable: true, reason: null },
    ...changes,
  };
}

export function frame(time: number, faces: Face[] = [face()]): Frame {
  return { source: "astronaut.jpg", frame: 0, time_s: time, width: 512, height: 512, detector: "yunet", faces };
}
