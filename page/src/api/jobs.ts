/** Files at work in the server: one job a file, so that each can be cancelled and fail by itself. */
import { parseResults, type Results } from "../logic/jsonl";
import { getJson, getText, remove, upload, type Upload } from "./http";
import type { Job } from "./types";

export interface JobOptions {
  models: string;
  model: readonly string[];
  tasks: readonly string[];
  every: number;
  ageGroups: number;
  prior: readonly string[];
}

export function startJob(file: File, options: JobOptions, onProgress: (share: number) => void): Upload<{ id: string }> {
  const query = new URLSearchParams({
    models: options.models,
    every: String(options.every),
    age_groups: String(options.ageGroups),
    // Faces are hidden by what is read here: nobody may be seen on coming in.
    detect_every: "1",
  });
  for (const task of options.tasks) query.append("tasks", task);
  for (const told of options.prior) query.append("prior", told);
  for (const pair of options.model) query.append("model", pair);
  return upload(`/v1/jobs?${query}`, file, onProgress);
}

export const getJob = (id: string) => getJson<Job>(`/v1/jobs/${id}`);
export const forgetJob = (id: string) => remove(`/v1/jobs/${id}`);

export async function jobResults(id: string, file = 0): Promise<Results> {
  return parseResults(await getText(`/v1/jobs/${id}/files/${file}/frames`));
}
