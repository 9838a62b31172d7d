/** Shapes of what the server sends around results, which are in results.ts. */

import type { Frame, SpanResult } from "./results";

export interface Explanation {
  emotion: string;
  supporting: string[];
  missing: string[][];
  other: string[];
  units_say: string | null;
  agrees: boolean | null;
  duchenne: boolean | null;
  reliable: boolean;
  /** Active unit to the channel of the mesh that shows it; null where a network for units read them. */
  channels?: Record<string, string> | null;
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
  /** Label to the probability from which on it is present; empty where one label is chosen. */
  thresholds?: Record<string, number>;
}

export interface Models {
  default: string;
  sets: Record<string, Record<string, string>>;
  /** Of faces, read unasked. */
  tasks: string[];
  /** Heard in voices, if asked for; a set can listen if it has a model for one. */
  heard?: string[];
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
  /** These for those only who know the token. */
  uptime_s?: number;
  connections?: number;
  connections_max?: number;
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
  /** Utterances. */
  spans?: number;
  state: "recording" | "closed" | "interrupted";
  source: string | null;
  /** A study's run that didn't reach its end. */
  broken_off: boolean;
  /** Whether it is in its study's averages. */
  counts: boolean;
  /** Only of a session by itself. */
  references?: Reference[];
  made_by?: MadeBy[];
}

/** A person's face at rest in a session. */
export interface Reference {
  face: number;
  start_s: number;
  end_s: number;
  frames: number;
  tasks: string[];
}

/** What made results: mimik's version, models with their hashes, settings. The page hands it on as it came. */
export type MadeBy = { models?: Record<string, { name?: string } | undefined> } & Record<string, unknown>;

export interface Marker {
  id: string | number;
  time_s: number;
  end_s: number | null;
  label: string;
  note: string | null;
  /** Not at the server yet. */
  waiting?: boolean;
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
  signal: string;
  /** Is the session in the averages? */
  counts: boolean;
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
  signal: string;
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

/** One group's mean less another's. */
export interface Difference {
  signal: string;
  label: string;
  group: string;
  other: string;
  difference: number | null;
  low: number | null;
  high: number | null;
  freedom: number | null;
}

export interface StudyIntervals {
  /** None: all of them. */
  signal: string | null;
  groups: GroupInterval[];
  differences: Difference[];
  rows: IntervalRow[];
}

export interface JobFile {
  file: string;
  state: "waiting" | "running" | "done" | "failed" | "cancelled";
  progress: number;
  frames: number;
  spans?: number;
  made_by: MadeBy | null;
  /** Why it ended early, and what else there is to know. */
  problem?: string | null;
  note?: string | null;
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

/** What the live connection says of the sound. */
export interface Hearing {
  type: "hearing";
  state: "off" | "waiting" | "on" | "lost";
  /** Why there is none. */
  message: string | null;
  /** Where the sound ends that was heard, by the frames' clock. */
  time_s: number | null;
  speech: number | null;
  speaking: boolean;
  level_db: number | null;
  /** Seconds that came faster than they could be heard. */
  dropped_s: number;
}

export type LiveMessage =
  | LiveFrame
  | { type: "ready"; session_clock?: number }
  | { type: "recording"; session: string | number | null; frames: number; spans?: number }
  | Hearing
  | { type: "span"; span: SpanResult }
  | { type: "reference"; state: "collecting" | "set" | "none"; faces: number }
  | { type: "error"; code: string; message: string }
  | { type: "end"; message: string };
