/** The stimulus files that are open in this page, by study; they never leave it. */
import { signal } from "@preact/signals";

export interface OpenStimulus {
  name: string;
  kind: "video" | "picture";
  url: string;
}

export const stimuli = signal<Record<string, OpenStimulus>>({});

export function openStimulus(study: string | number, file: File): OpenStimulus {
  const key = String(study);
  const before = stimuli.value[key];
  if (before) URL.revokeObjectURL(before.url);
  const kind = file.type.startsWith("video/") ? "video" : "picture";
  const opened: OpenStimulus = { name: file.name, kind, url: URL.createObjectURL(file) };
  stimuli.value = { ...stimuli.value, [key]: opened };
  return opened;
}
