/** What is read, by which models: chosen once for the camera and for files, until the page is left. */
import { signal } from "@preact/signals";
import { ageGroups } from "./ageGroups";
import { setOf, tasksOf } from "./server";

/** Set of models; the server's own without a choice. */
export const chosenSet = signal<string | null>(null);
/** Strength; 0 is off. */
export const smoothing = signal(1);
/** Tasks that are switched off. */
export const off = signal<ReadonlySet<string>>(new Set());

export const setName = () => setOf(chosenSet.value);

/** What is asked for: all that the set reads and that isn't switched off; all, should nothing be left. */
export function tasksWanted(set: string): string[] {
  const all = tasksOf(set);
  const wanted = all.filter((task) => !off.value.has(task));
  return wanted.length > 0 ? wanted : all;
}

/** Years of an age group; 0, mimik's own groups, where no age is asked for. */
export const groupsWanted = (set: string) => (tasksWanted(set).includes("age") ? ageGroups.value : 0);

export function switchTasks(tasks: readonly string[], on: boolean): void {
  const next = new Set(off.value);
  for (const task of tasks) {
    if (on) next.delete(task);
    else next.add(task);
  }
  off.value = next;
}
