/** Pictures on the live connection: 8 bytes of time (float64, little-endian), then the picture. */
const HEADER = 8;

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
