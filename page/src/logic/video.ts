/** What a kept video is called, in which form it comes, and how much of one is held in memory. Pure. */
import { fileName } from "./format";

/** Forms of a video, the first that the browser can make is taken. */
const TYPES = ["video/webm;codecs=vp8", "video/webm", "video/mp4"];

export const BITS_PER_S = 2_500_000;
/** The most that is held in memory where a file can't be written bit by bit. */
export const MEMORY_MB = 512;
export const MEMORY_BYTES = MEMORY_MB * 2 ** 20;
export const MEMORY_MINUTES = Math.floor((MEMORY_BYTES * 8) / BITS_PER_S / 60);

export interface VideoForm {
  /** With its codec, for the recorder. */
  type: string;
  /** Without, for files. */
  mime: string;
  extension: string;
}

export function videoForm(can: (type: string) => boolean): VideoForm | null {
  const type = TYPES.find(can);
  if (!type) return null;
  const mime = type.split(";", 1)[0] as string;
  return { type, mime, extension: mime.slice("video/".length) };
}

/** mimik-session-12-2026-11-22-0020.webm; without a session the time alone. */
export function videoName(session: string | number | null, when: Date, extension: string): string {
  const two = (value: number) => String(value).padStart(2, "0");
  const day = `${when.getFullYear()}-${two(when.getMonth() + 1)}-${two(when.getDate())}`;
  const of = session === null ? "" : `session-${session}-`;
  return fileName(`mimik-${of}${day}-${two(when.getHours())}${two(when.getMinutes())}`, extension);
}
