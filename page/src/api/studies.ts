/** Studies, their people and their tables. */
import { getJson, remove, sendJson } from "./http";
import { withToken } from "./token";
import type { Person, Study, StudyIntervals, StudyTimeline } from "./types";

type Id = string | number;

const at = (id: Id) => `/v1/studies/${encodeURIComponent(String(id))}`;

export const listStudies = () => getJson<Study[]>("/v1/studies");
export const getStudy = (id: Id) => getJson<Study>(at(id));
export const createStudy = (study: { name: string; note: string; groups: string[] }) =>
  sendJson<Study>("POST", "/v1/studies", study);
export const changeStudy = (id: Id, change: Partial<Omit<Study, "id">>) => sendJson<Study>("PATCH", at(id), change);
export const deleteStudy = (id: Id, sessionsToo: boolean) => remove(at(id) + (sessionsToo ? "?sessions=true" : ""));

export const listPeople = (study: Id) => getJson<Person[]>(`${at(study)}/people`);
export const addPerson = (study: Id, person: Omit<Person, "id">) =>
  sendJson<Person>("POST", `${at(study)}/people`, person);
export const changePerson = (study: Id, person: Id, change: Partial<Person>) =>
  sendJson<Person>("PATCH", `${at(study)}/people/${person}`, change);
export const deletePerson = (study: Id, person: Id) => remove(`${at(study)}/people/${person}`);

export const studyTimeline = (study: Id, signal: string, step = 0.5) =>
  getJson<StudyTimeline>(`${at(study)}/timeline?signal=${encodeURIComponent(signal)}&step=${step}`);
/** Of all signals. */
export const studyIntervals = (study: Id) => getJson<StudyIntervals>(`${at(study)}/intervals`);
export type NumbersTable = "timeline" | "groups" | "differences" | "intervals";
/** A study's numbers as CSV: over time by group, over intervals by group, by pair of groups, or by person. */
export const studyNumbers = (study: Id, table: NumbersTable, signal: string | null, plain: boolean) => {
  const of = signal ? `&signal=${encodeURIComponent(signal)}` : "";
  return withToken(`${at(study)}/numbers?table=${table}${of}${plain ? "&plain=true" : ""}`);
};

export const studyExport = (study: Id, format: "csv" | "parquet", plain: boolean) =>
  withToken(`${at(study)}/export?format=${format}${plain ? "&plain=true" : ""}`);
