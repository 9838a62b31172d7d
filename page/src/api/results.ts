/** What a result is. Made by `python scripts/make_result_types.py` of src/mimik/schema.json: change that, not this. */

/** One frame, as a line of mimik's JSONL results. */
export interface Frame {
  /** Path, address or name of what the frame came from. */
  source: string;
  /** Number of the frame in its source, from 0, counted before any frame was left out. */
  frame: number;
  /** Seconds since the source's first frame, 0 for a picture. */
  time_s: number;
  /** Seconds from the beginning of the source's container, be it sound, to its first frame: time_s + offset_s is the container's own time. Absent where it is 0. */
  offset_s?: number;
  /** When the source was recorded, as it says itself (ISO 8601), with a time zone if it knows one; absent if it doesn't say. */
  created_at?: string;
  /** Pixels across. */
  width: number;
  /** Pixels down. */
  height: number;
  /** Name of the detector that was used. */
  detector: string;
  /** The faces; empty where there is none. */
  faces: Face[];
  /** What the line describes; absent in a frame. A later mimik may write lines of other types, which this one refuses. */
  type?: "frame";
}

/** One utterance, a stretch of a source's sound, as a line of mimik's JSONL results. Any further property is a task that this schema doesn't know, an object. */
export interface SpanResult {
  /** What the line describes. */
  type: "span";
  /** Path, address or name of what the sound came from. */
  source: string;
  /** Number of the utterance in its source, from 0. */
  span: number;
  /** Where it begins, in seconds since the source's first picture, or since its sound begins where there is no picture; may be below 0. */
  start_s: number;
  /** Where it ends, on the same clock. */
  end_s: number;
  /** How well the voice can be heard. */
  quality: SpanQuality;
  /** Vocal expression: angry, disgust, fear, happy, sad, surprise, neutral, calm or bored, or some of them. Absent if it wasn't asked for. */
  voice?: ClassReading;
  /** What the speaker's face and the voice say together. Absent unless emotion and voice were read of one video. */
  face_voice?: FusedReading;
  /** Expression over a whole clip, which the span then is: classes as of voice. Absent if it wasn't asked for. */
  filmed?: ClassReading;
  /** A task that the schema doesn't know, an object. */
  [task: string]: unknown;
}

/** One face and all that was read from it. Any further property is a task that this schema doesn't know, an object. */
export interface Face {
  /** Number of the person's track within the source, from 0. */
  id: number;
  /** Left, top, right, bottom in pixels of the frame; may reach past its borders. */
  box_xyxy: Box;
  /** Right eye, left eye, nose tip, right and left corner of the mouth (the person's own right and left), each x, y in pixels; null if the detector gives none. */
  landmarks_xy: [Point, Point, Point, Point, Point] | null;
  /** The detector's confidence. */
  score: number;
  /** How well the face can be seen. */
  quality: Quality;
  /** Expression: angry, disgust, fear, happy, sad, surprise or neutral, with some models contempt. Absent if it wasn't asked for. */
  emotion?: ClassReading;
  /** Gender in appearance: female or male. Absent if it wasn't asked for. */
  gender?: ClassReading;
  /** Age in appearance. Absent if it wasn't asked for. */
  age?: AgeReading;
  /** Facial action units (FACS). Absent if they weren't asked for. */
  au?: AuReading;
  /** What of the face is covered: none, eyes, mouth or side. Absent if it wasn't asked for. */
  cover?: ClassReading;
  /** The face's mesh: where its points are, how the head is held, what eyes and mouth do. Absent if it wasn't asked for. */
  mesh?: MeshReading;
  /** A task that the schema doesn't know, an object. */
  [task: string]: unknown;
}

/** The mesh of a face. */
export interface MeshReading {
  /** Probability that there is a face where the network looked. */
  presence: number;
  /** Where the head is and where it points. */
  pose: HeadPose;
  /** How far each eye is open: 0 (shut) to 1 (open). */
  eye_openness: Eyes;
  /** Whether both eyes are shut (AU45); null where there is no mesh. */
  blink: boolean | null;
  /** Where each eye looks. */
  gaze: Gazes;
  /** Gap between the inner lips over the distance between the outer corners of the eyes, pose taken out; null where there is no mesh. */
  mouth_opening: number | null;
  /** Mean distance of points from the mirror images of their partners, pose taken out, over the distance between the outer corners of the eyes; null where there is no mesh. */
  asymmetry: number | null;
  /** ARKit's name to its strength, smoothed. */
  blendshapes: Blendshapes;
  /** Some of the same before smoothing. */
  raw: MeshRaw;
  /** Whether nothing speaks against the numbers. */
  reliable: boolean;
  /** Why they should not be trusted, or null if they can be. */
  reason: string | null;
  /** The 478 points of MediaPipe's face mesh in its order, the last ten of the irises; null where there is no mesh. */
  points_xyz: PointXyz[] | null;
}

/** Where a head is and where it points; null where there is no mesh, or another tool doesn't say. */
export interface HeadPose {
  /** Turned to the person's own left is positive. */
  yaw_deg: number | null;
  /** Looking up is positive. */
  pitch_deg: number | null;
  /** Tilted clockwise as the viewer sees it is positive. */
  roll_deg: number | null;
  /** Of the face's middle, right of the picture's middle as the viewer sees it, for a face of average size. */
  x_mm: number | null;
  /** Below the picture's middle. */
  y_mm: number | null;
  /** Away from the camera, for the field of view that was given. */
  z_mm: number | null;
}

/** A value of each eye, the person's own left and right; null for an eye that can't be seen. */
export interface Eyes {
  /** Of the left eye. */
  left: number | null;
  /** Of the right eye. */
  right: number | null;
}

/** Where each eye looks, the person's own left and right. */
export interface Gazes {
  /** The left eye. */
  left: Gaze;
  /** The right eye. */
  right: Gaze;
}

/** Where an eye looks, against the line from the face to the camera; null for an eye that is shut or turned away. */
export interface Gaze {
  /** To the person's own left is positive. */
  yaw_deg: number | null;
  /** Up is positive. */
  pitch_deg: number | null;
}

/** ARKit's name of a blendshape to its strength; null where there is no mesh. */
export type Blendshapes = Record<string, number | null>;

/** Values of a mesh before smoothing. */
export interface MeshRaw {
  /** Of the head. */
  yaw_deg: number | null;
  /** Of the head. */
  pitch_deg: number | null;
  /** Of the head. */
  roll_deg: number | null;
  /** Of the left eye. */
  eye_openness_left: number | null;
  /** Of the right eye. */
  eye_openness_right: number | null;
  /** Of the mouth. */
  mouth_opening: number | null;
}

/** x and y in pixels of the frame; z on the same scale, away from the camera. */
export type PointXyz = [Coordinate, Coordinate, Coordinate];

/** Left, top, right, bottom in pixels of the frame. */
export type Box = [Coordinate, Coordinate, Coordinate, Coordinate];

/** x, y in pixels of the frame. */
export type Point = [Coordinate, Coordinate];

/** In pixels of the frame. */
export type Coordinate = number;

/** How well a face can be seen. */
export interface Quality {
  /** Geometric mean of the box's width and height, in pixels. */
  size_px: number;
  /** 0 (blurred) to 1 (sharp). */
  sharpness: number;
  /** Mean luminance of the face, 0 to 1. */
  brightness: number;
  /** Where the head points; null without landmarks. */
  pose: Pose | null;
  /** Whether nothing speaks against the readings. */
  reliable: boolean;
  /** Why the readings should not be trusted, or null if they can be. */
  reason: string | null;
}

/** Where a head points, in degrees. */
export interface Pose {
  /** Degrees; turned to the person's own left is positive. */
  yaw_deg: number;
  /** Degrees; looking up is positive. */
  pitch_deg: number;
  /** Degrees; tilted clockwise as the viewer sees it is positive. */
  roll_deg: number;
}

/** How well a voice can be heard. */
export interface SpanQuality {
  /** Mean probability of speech; null of a whole clip, in which it isn't looked for. */
  speech: number;
  /** Loudness (RMS) in decibels below full scale: -20 is loud, -50 faint; null of a clip that was only seen. */
  level_db: number;
  /** Whether nothing speaks against the readings. */
  reliable: boolean;
  /** Why the readings should not be trusted, or null if they can be. */
  reason: string | null;
}

/** One of several classes. */
export interface ClassReading {
  /** The most probable class, or uncertain where none reaches the model's threshold. */
  label: string;
  /** Class to calibrated probability, after smoothing over time. */
  probabilities: Probabilities;
  /** The same before smoothing. */
  raw: Probabilities;
  /** Whether the values are a change from the person's own face at rest. Absent if that wasn't asked for. */
  against_neutral?: boolean;
  /** Whether the values are a change from a reference of the person's own voice. Absent if that wasn't asked for. */
  against_reference?: boolean;
}

/** What the face and the voice of one utterance say together, or the one of them that can be had. */
export interface FusedReading {
  /** The most probable class, or uncertain where none reaches the threshold. */
  label: string;
  /** Class to probability; all alike where neither side can be trusted. */
  probabilities: Probabilities;
  /** The same before a reference of the voice is taken off. */
  raw: Probabilities;
  /** Whether the values are a change from a reference of the person's own voice. Absent if that wasn't asked for. */
  against_reference?: boolean;
  /** What it was made of: face, voice or both; empty where neither can be trusted. */
  sides: string[];
  /** Of the face that speaks; null where it isn't known. */
  id: number | null;
  /** Share of the utterance's frames in which that face can be trusted. */
  seen: number;
  /** Why it isn't made of both, or null if it is. */
  reason: string | null;
}

/** Class to probability. */
export type Probabilities = Record<string, number>;

/** An age with its 80 % interval. */
export interface AgeReading {
  /** Mean of the distribution over years, after smoothing. */
  years: number;
  /** Lower end of the 80 % interval, years. */
  low: number;
  /** Upper end of the 80 % interval, years. */
  high: number;
  /** The likeliest age group, a neighbour counting half, or, of groups of 5 or 10 years, that in which the years lie. */
  group: "0-2" | "3-9" | "10-19" | "20-29" | "30-39" | "40-49" | "50-59" | "60-69" | "70+" | "0-4" | "5-9" | "10-14" | "15-19" | "20-24" | "25-29" | "30-34" | "35-39" | "40-44" | "45-49" | "50-54" | "55-59" | "60-64" | "65-69" | "70-74" | "75-79" | "80-84" | "85-89" | "90-94" | "95-99" | "0-9" | "70-79" | "80-89" | "90-99" | "100+";
  /** years, low and high before smoothing. */
  raw: Years;
}

/** An age before smoothing. */
export interface Years {
  years: number;
  low: number;
  high: number;
}

/** Facial action units. */
export interface AuReading {
  /** The units that reach their thresholds, AU06, in the order of the model. */
  active: string[];
  /** Unit to calibrated probability, after smoothing over time. */
  probabilities: Units;
  /** The same before smoothing. */
  raw: Units;
  /** Whether nothing speaks against them. */
  reliable: boolean;
  /** Why they should not be trusted, or null if they can be. */
  reason: string | null;
  /** Unit to intensity, 0 to 5; only in results converted from another tool; mimik's own estimate is strength. */
  intensities?: Record<string, number>;
  /** Unit to how strong it is, an estimate: 0 where it isn't active, else from 1 (a trace) to 5 (as strong as can be), as FACS's A to E; null where there is no mesh, or in a session read again where it wasn't measured. Of the units that a mesh measures; absent if no mesh was asked for. */
  strength?: Record<string, number | null>;
  /** Whether the values are a change from the person's own face at rest. Absent if that wasn't asked for. */
  against_neutral?: boolean;
}

/** Action unit to probability. */
export type Units = Record<string, number>;
