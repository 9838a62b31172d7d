/** The stimulus files that are open in this page, by study; they never leave it. */
import { signal } from "@preact/signals";
import { texts } from "../texts";

export interface OpenStimulus {
  name: string;
  kind: "video" | "picture";
  /** One video, or pictures in the order in which they are shown. */
  files: { name: string; url: string }[];
}

/** Characters of a name that the server takes. */
const NAME = 200;

export const stimuli = signal<Record<string, OpenStimulus>>({});

/** A video, or as many pictures as are given. */
export function openStimulus(study: string | number, files: readonly File[]): void {
  const video = files.find((file) => file.type.startsWith("video/"));
  const shown = video ? [video] : files;
  const [first, ...others] = shown;
  if (!first) return;
  const key = String(study);
  for (const { url } of stimuli.value[key]?.files ?? []) URL.revokeObjectURL(url);
  const opened: OpenStimulus = {
    name: (others.length ? texts.studies.pictures(first.name, others.length) : first.name).slice(0, NAME),
    kind: video ? "video" : "picture",
    files: shown.map((file) => ({ name: file.name, url: URL.createObjectURL(file) })),
  };
  stimuli.value = { ...stimuli.value, [key]: opened };
}
