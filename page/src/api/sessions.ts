/** Sessions and their markers. */
import { parseResults, type Results } from "../logic/jsonl";
import { exchange, getJson, getText, remove, sendJson } from "./http";
import { withToken } from "./token";
import type { Wish } from "../logic/neutral";
import type { MadeBy, Marker, Session } from "./types";

type Id = string | number;
/** Voices are a table of their own: a row an utterance. */
export type Export = "csv" | "voices" | "jsonl" | "parquet" | "run";
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

/** Frames or utterances in one message, so that a long video stays below the server's limit. */
const A_MESSAGE = 500;

export const listSessions = (study?: Id) =>
  getJson<Session[]>(study === undefined ? "/v1/sessions" : `/v1/sessions?study=${encodeURIComponent(String(study))}`);
export const getSession = (id: Id) => getJson<Session>(at(id));
export const createSession = (session: NewSession) => sendJson<Session>("POST", "/v1/sessions", session);
export const changeSession = (id: Id, change: Partial<NewSession> & { counts?: boolean }) => sendJson<Session>("PATCH", at(id), change);
export const deleteSession = (id: Id) => remove(at(id));
export const sessionFrames = async (id: Id) => parseResults(await getText(`${at(id)}/frames`)).frames;
export const sessionSpans = async (id: Id) => parseResults(await getText(`${at(id)}/spans`)).spans;

/** Results of files as one table: a row a face, or an utterance. */
export const resultsTable = (results: Blob, rows: "faces" | "spans") => exchange(`/v1/table?rows=${rows}`, results, "results.jsonl");

/** Adds a line to a session's note. */
export async function addNote(id: Id, line: string): Promise<void> {
  const { note } = await getSession(id);
  await changeSession(id, { note: note ? `${note}\n${line}` : line });
}

/** Keeps the results of a file as a session. */
export async function keepResults(session: NewSession, { frames, spans }: Results): Promise<Session> {
  const made = await createSession(session);
  for (const [kind, all] of Object.entries({ frames, spans })) {
    for (let start = 0; start < all.length; start += A_MESSAGE) {
      await sendJson("POST", `${at(made.id)}/${kind}`, all.slice(start, start + A_MESSAGE));
    }
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
export const exportLink = (id: Id, format: Export, plain: boolean) =>
  withToken(`${at(id)}/export?${format === "voices" ? "format=csv&rows=spans" : `format=${format}`}${plain ? "&plain=true" : ""}`);
/** Without a look of its own a report has the system's. */
export const reportLink = (id: Id, look: "light" | "dark" | null) =>
  withToken(`${at(id)}/report${look ? `?look=${look}` : ""}`);
