/** Shapes of what the server sends; results are those of mimik's `schema.json`. */

export type Probabilities = Record<string, number>;
export type Point = [number, number];
export type Box = [number, number, number, number];

export interface Pose {
  yaw_deg: number;
  pitch_deg: number;
  roll_deg: number;
}

export interface Quality {
  size_px: number;
  sharpness: number;
  brightness: number;
  pose: Pose | null;
  reliable: boolean;
  reason: string | null;
}

export interface ClassReading {
  label: string;
  probabilities: Probabilities;
  raw: Probabilities | null;
  /** Whether it is a change from the person's own face at rest; absent where that wasn't asked for. */
  against_neutral?: boolean;
}

export interface AgeReading {
  years: number;
  low: number | null;
  high: number | null;
  group: string | null;
}

export interface UnitsReading {
  active: string[];
  probabilities: Probabilities | null;
  raw: Probabilities | null;
  reliable: boolean | null;
  reason: string | null;
  against_neutral?: boolean;
}

export interface Face {
  id: number | null;
  box_xyxy: Box | null;
  landmarks_xy: Point[] | null;
  score: number | null;
  quality: Quality | null;
  emotion?: ClassReading;
  gender?: ClassReading;
  age?: AgeReading;
  au?: UnitsReading;
}

export interface Frame {
  source: string;
  frame: number;
  time_s: number | null;
  width: number | null;
  height: number | null;
  detector: string | null;
  faces: Face[];
}

export interface Explanation {
  emotion: string;
  supporting: string[];
  missing: string[][];
  other: string[];
  units_say: string | null;
  agrees: boolean | null;
  duchenne: boolean | null;
  reliable: boolean;
  text?: string;
  valence?: number;
  arousal?: number;
}

export interface Card {
  name: string;
  task: string;
  version: string;
  licence: string;
  limits: string[] | string;
  commercial_use?: boolean;
}

export interface Models {
  default: string;
  sets: Record<string, Record<string, string>>;
  tasks: string[];
  labels: Record<string, string[]>;
  units: Record<string, string>;
  cards: Card[];
}

export interface Settings {
  sources: { index: number; name: string }[];
  limits: {
    upload_mb: number;
    pixels: number;
    duration_s: number;
    files: number;
    rate_fps: number;
    message_mb: number;
    connections: number;
  };
  data_folder: string | null;
  keeps: "results" | "nothing";
  blur_default: boolean;
  references?: boolean;
  session_references?: boolean;
}

export interface Health {
  status: string;
  version: string;
  uptime_s: number;
  connections: number;
  connections_max: number;
}

export interface Session {
  id: string | number;
  name: string;
  created: string | number;
  study_id: string | number | null;
  person_id: string | number | null;
  note: string | null;
  duration_s: number | null;
  frames: number;
  state: "recording" | "closed" | "interrupted";
  source: string | null;
  /** Only of a session by itself. */
  references?: Reference[];
}

/** A person's face at rest in a session. */
export interface Reference {
  face: number;
  start_s: number;
  end_s: number;
  frames: number;
  tasks: string[];
}

/** What made results: mimik's version, models with their hashes, settings. The page only hands it on. */
export type MadeBy = Record<string, unknown>;

export interface Marker {
  id: string | number;
  time_s: number;
  end_s: number | null;
  label: string;
  note: string | null;
}

export interface Stimulus {
  name: string;
  kind: string;
  duration_s: number | null;
}

export interface Study {
  id: string | number;
  name: string;
  note: string | null;
  groups: string[];
  created?: string | number;
  stimulus: Stimulus | null;
  people?: number;
  sessions?: number;
}

export interface Person {
  id: string | number;
  code: string;
  group: string | null;
  note: string | null;
}

export interface GroupLine {
  group: string | null;
  n: number;
  time_s: number[];
  mean: (number | null)[];
  low: (number | null)[];
  high: (number | null)[];
}

export interface StudyTimeline {
  step_s: number;
  groups: GroupLine[];
}

export interface IntervalRow {
  person: string;
  group: string | null;
  session: string | number;
  label: string;
  start_s: number;
  end_s: number;
  mean: number | null;
  max: number | null;
  share_active: number | null;
  seconds_seen: number;
}

/** Intervals of one label over a group's people. */
export interface GroupInterval {
  label: string;
  group: string;
  n: number;
  seen: number;
  mean: number | null;
  sd: number | null;
  /** Ends of the mean's 95 % interval; none of fewer than two people. */
  low: number | null;
  high: number | null;
  max: number | null;
  share_active: number | null;
}

export interface StudyIntervals {
  groups: GroupInterval[];
  rows: IntervalRow[];
}

export interface JobFile {
  file: string;
  state: "waiting" | "running" | "done" | "failed" | "cancelled";
  progress: number;
  frames: number;
  made_by: MadeBy | null;
  error: { code: string; message: string } | null;
}

export interface Job {
  id: string;
  state: "running" | "done" | "cancelled";
  files: JobFile[];
}

/** What the live connection says after each frame. */
export interface LiveFrame {
  type: "frame";
  frame: Frame;
  hints: { id: number; hint: string }[];
  explain: Record<string, Explanation>;
  derived: Record<string, { valence: number; arousal: number }>;
  time_s: number;
  latency_ms: number;
  skipped: number;
  fps: number;
}

export type LiveMessage =
  | LiveFrame
  | { type: "ready"; session_clock?: number }
  | { type: "recording"; session: string | number | null; frames: number }
  | { type: "reference"; state: "collecting" | "set" | "none"; faces: number }
  | { type: "error"; code: string; message: string }
  | { type: "end"; message: string };
