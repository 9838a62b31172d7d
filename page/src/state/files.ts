/** The files that were dropped: a queue of jobs, two at a time, each with its own fate. */
import { signal } from "@preact/signals";
import { ApiError, messageOf, type Upload } from "../api/http";
import { forgetJob, getJob, jobResults, startJob } from "../api/jobs";
import type { Frame, SpanResult } from "../api/results";
import { keepResults } from "../api/sessions";
import type { JobFile, MadeBy } from "../api/types";
import { bytes } from "../logic/format";
import { nameOf } from "../logic/names";
import { groupsWanted, modelsWanted, priorsWanted, setName, tasksWanted } from "./reading";
import { heardBy, settings } from "./server";
import { texts } from "../texts";

export type FileState = "waiting" | "uploading" | "running" | "done" | "failed" | "cancelled";

export interface FileItem {
  key: string;
  file: File;
  kind: "picture" | "video" | "sound";
  /** For the browser's own preview. */
  url: string;
  state: FileState;
  progress: number;
  job: string | null;
  frames: Frame[];
  spans: SpanResult[];
  /** What there is to know of it: why it ended early, what it lacks. */
  notes: string[];
  madeBy: MadeBy | null;
  error: string | null;
  session: string | number | null;
}

export const items = signal<FileItem[]>([]);
export const everyNth = signal(2);
/** Are the voices of videos read, too? */
export const hearVideos = signal(false);

const AT_ONCE = 2;
const POLL_MS = 350;
const VIDEO = /\.(mp4|m4v|mov|mkv|webm|avi|mpg|mpeg|wmv|ogv|gif)$/i;
const SOUND = /\.(wav|mp3|m4a|m4b|aac|ogg|oga|opus|flac|wma|aif|aiff|amr|caf|weba)$/i;
const uploads = new Map<string, Upload<unknown>>();
let count = 0;

export function addFiles(files: Iterable<File>): void {
  const added = [...files].map(newItem);
  items.value = [...items.value, ...added];
  next();
}

function newItem(file: File): FileItem {
  const most = settings.value?.limits.upload_mb ?? Infinity;
  const tooLarge = file.size > most * 1e6 * 1.05;
  return {
    key: String((count += 1)),
    file,
    kind: kindOf(file),
    url: URL.createObjectURL(file),
    state: tooLarge ? "failed" : "waiting",
    progress: 0,
    job: null,
    frames: [],
    spans: [],
    notes: [],
    madeBy: null,
    error: tooLarge ? texts.files.tooLarge(`${file.name} (${bytes(file.size)})`, most) : null,
    session: null,
  };
}

function kindOf({ type, name }: File): FileItem["kind"] {
  if (type.startsWith("audio/") || SOUND.test(name)) return "sound";
  return type.startsWith("video/") || VIDEO.test(name) ? "video" : "picture";
}

/** What is read of a file. */
function tasksFor(kind: FileItem["kind"], set: string): string[] {
  if (kind === "sound") return heardBy(set);
  return [...tasksWanted(set), ...(kind === "video" && hearVideos.value ? heardBy(set) : [])];
}

export function change(key: string, changes: Partial<FileItem>): void {
  items.value = items.value.map((item) => (item.key === key ? { ...item, ...changes } : item));
}

const find = (key: string) => items.value.find((item) => item.key === key);
const working = (item: FileItem) => item.state === "uploading" || item.state === "running";

function next(): void {
  while (items.value.filter(working).length < AT_ONCE) {
    const item = items.value.find((waiting) => waiting.state === "waiting");
    if (!item) return;
    change(item.key, { state: "uploading", progress: 0, error: null });
    void work(item);
  }
}

async function work({ key, file, kind }: FileItem): Promise<void> {
  try {
    await read(key, file, kind);
  } catch (error) {
    const lost = error instanceof ApiError && error.status === 404;
    if (find(key)?.state !== "cancelled") {
      change(key, { state: "failed", error: lost ? texts.files.jobLost : messageOf(error) });
    }
  } finally {
    uploads.delete(key);
    next();
  }
}

async function read(key: string, file: File, kind: FileItem["kind"]): Promise<void> {
  const set = setName();
  const tasks = tasksFor(kind, set);
  const options = {
    models: set,
    model: modelsWanted(set, tasks),
    tasks,
    every: everyNth.value,
    ageGroups: kind === "sound" ? 0 : groupsWanted(set),
    prior: priorsWanted(tasks),
  };
  const sent = startJob(file, options, (share) => change(key, { progress: share * 0.2 }));
  uploads.set(key, sent);
  const { id } = await sent.done;
  if (find(key)?.state !== "uploading") return forgetJob(id);
  change(key, { state: "running", job: id });
  await follow(key, id);
}

async function follow(key: string, id: string): Promise<void> {
  let read: JobFile | null = null;
  for (;;) {
    const part = (await getJob(id)).files[0];
    if (find(key)?.state !== "running") return;
    if (part?.state === "failed") throw new Error(part.error?.message ?? texts.files.states.failed);
    if (part?.state === "done") {
      read = part;
      break;
    }
    change(key, { progress: 0.2 + 0.8 * (part?.progress ?? 0) });
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  const notes = [read.problem, read.note].flatMap((text) => (text ? [text] : []));
  change(key, { state: "done", progress: 1, ...(await jobResults(id)), notes, madeBy: read.made_by });
  // The page holds the results now; the server needn't.
  void forgetJob(id).catch(() => undefined);
}

export function cancel(key: string): void {
  const item = find(key);
  if (!item) return;
  change(key, { state: "cancelled" });
  uploads.get(key)?.cancel();
  if (item.job) void forgetJob(item.job).catch(() => undefined);
  next();
}

export function retry(key: string): void {
  change(key, { state: "waiting", progress: 0, job: null, frames: [], spans: [], notes: [], madeBy: null, error: null });
  next();
}

export function drop(key: string): void {
  const item = find(key);
  if (!item) return;
  if (working(item)) cancel(key);
  URL.revokeObjectURL(item.url);
  items.value = items.value.filter((other) => other.key !== key);
}

/** Keeps a file's results as a session. */
export async function keepFile({ key, file, frames, spans, madeBy }: FileItem): Promise<void> {
  const session = { name: nameOf(file.name), source: file.name, made_by: madeBy ? [madeBy] : [] };
  change(key, { session: (await keepResults(session, { frames, spans })).id });
}

export function dropAll(): void {
  for (const item of items.value) drop(item.key);
}
