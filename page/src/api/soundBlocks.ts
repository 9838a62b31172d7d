/** What the audio thread and the page tell each other. */

/** Samples a second that voices are read at. */
export const RATE = 16000;
/** Samples of a block. */
export const BLOCK = RATE / 10;

export interface Heard {
  samples: Float32Array;
  /** When its last sample was taken: ms by the sound's own clock. */
  endMs: number;
}
