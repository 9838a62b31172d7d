/** Sessions and their markers. */
import { parseFrames } from "../logic/jsonl";
import { exchange, getJson, getText, remove, sendJson } from "./http";
import { withToken } from "./token";
import type { Wish } from "../logic/neutral";
import type { Frame } from "./results";
import type { MadeBy, Marker, Session } from "./types";

type Id = string | number;
export type NewMarker = Pick<Marker, "time_s" | "end_s" | "label" | "note">;

export interface NewSession {
  name: string;
  study_id?: Id;
  person_id?: Id;
  note?: string;
  source?: string;
  made_by?: MadeBy[];
  /** A run that didn't reach its end. */
  broken_off?: boolean;
}

const at = (id: Id) => `/v1/sessions/${encodeURIComponent(String(id))}`;

/** Frames in one message, so that a long video stays below the server's limit. */
const FRAMES_A_MESSAGE = 500;

export const listSessions = (study?: Id) =>
  getJson<Session[]>(study === undefined ? "/v1/sessions" : `/v1/sessions?study=${encodeURIComponent(String(study))}`);
export const getSession = (id: Id) => getJson<Session>(at(id));
export const createSession = (session: NewSession) => sendJson<Session>("POST", "/v1/sessions", session);
export const changeSession = (id: Id, change: Partial<NewSession> & { counts?: boolean }) => sendJson<Session>("PATCH", at(id), change);
export const deleteSession = (id: Id) => remove(at(id));
export const sessionFrames = async (id: Id) => parseFrames(await getText(`${at(id)}/frames`));

/** Results of files as one table: a row a face. */
export const resultsTable = (frames: Blob) => exchange("/v1/table", frames, "results.jsonl");

/** Adds a line to a session's note. */
export async function addNote(id: Id, line: string): Promise<void> {
  const { note } = await getSession(id);
  await changeSession(id, { note: note ? `${note}\n${line}` : line });
}

/** Keeps the results of a file as a session. */
export async function keepFrames(session: NewSession, frames: readonly Frame[]): Promise<Session> {
  const made = await createSession(session);
  for (let start = 0; start < frames.length; start += FRAMES_A_MESSAGE) {
    await sendJson("POST", `${at(made.id)}/frames`, frames.slice(start, start + FRAMES_A_MESSAGE));
  }
  return getSession(made.id);
}

export const listMarkers = (id: Id) => getJson<Marker[]>(`${at(id)}/markers`);
export const addMarker = (id: Id, marker: NewMarker) => sendJson<Marker>("POST", `${at(id)}/markers`, marker);
export const changeMarker = (id: Id, marker: Id, change: Partial<Marker>) =>
  sendJson<Marker>("PATCH", `${at(id)}/markers/${marker}`, change);
export const deleteMarker = (id: Id, marker: Id) => remove(`${at(id)}/markers/${marker}`);

export const setReference = (id: Id, wish: Wish) => sendJson<Session>("POST", `${at(id)}/reference`, wish);
/** Of one face, or of all. */
export const clearReference = (id: Id, face: number | null) =>
  remove(`${at(id)}/reference${face === null ? "" : `?face=${face}`}`);

/** `plain`: a CSV's names as they are, also where a spreadsheet takes them for formulas. */
export const exportLink = (id: Id, format: "csv" | "jsonl" | "parquet" | "run", plain: boolean) =>
  withToken(`${at(id)}/export?format=${format}${plain ? "&plain=true" : ""}`);
/** Without a look of its own a report has the system's. */
export const reportLink = (id: Id, look: "light" | "dark" | null) =>
  withToken(`${at(id)}/report${look ? `?look=${look}` : ""}`);
