/** Binary messages of the live connection: 8 bytes of time (float64, little-endian), then a picture or sound. */
const HEADER = 8;
/** What tells sound from a picture. */
const SOUND_MARK = [0x50, 0x43, 0x4d, 0x20];

export function packPicture(time: number, picture: ArrayBuffer): ArrayBuffer {
  const message = new Uint8Array(HEADER + picture.byteLength);
  new DataView(message.buffer).setFloat64(0, time, true);
  message.set(new Uint8Array(picture), HEADER);
  return message.buffer;
}

export function unpackPicture(message: ArrayBuffer): { time: number; picture: ArrayBuffer } | null {
  if (message.byteLength <= HEADER) return null;
  return { time: new DataView(message).getFloat64(0, true), picture: message.slice(HEADER) };
}

/** `time` is that of the first sample; samples are -1 to 1, and become 16 bits. */
export function packSound(time: number, samples: Float32Array): ArrayBuffer {
  const head = HEADER + SOUND_MARK.length;
  const message = new ArrayBuffer(head + 2 * samples.length);
  const view = new DataView(message);
  view.setFloat64(0, time, true);
  new Uint8Array(message).set(SOUND_MARK, HEADER);
  samples.forEach((sample, n) => {
    view.setInt16(head + 2 * n, Math.max(-32768, Math.min(32767, Math.round(sample * 32768))), true);
  });
  return message;
}
