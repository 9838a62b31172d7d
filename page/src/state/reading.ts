/** What is read, by which models: chosen once for the camera and for files, until the page is left. */
import { signal } from "@preact/signals";
import { ageGroups } from "./ageGroups";
import { heardBy, models, setOf, tasksOf } from "./server";

/** Set of models; the server's own without a choice. */
export const chosenSet = signal<string | null>(null);
/** Task to the model that was chosen for it in place of its set's. */
export const chosenModels = signal<Readonly<Record<string, string>>>({});
/** Strength; 0 is off. */
export const smoothing = signal(1);
/** Shares of neutral faces that may be chosen; 0 is what the model assumes. */
export const SHARES = [0, 0.1, 0.3, 0.5, 0.7, 0.9];
/** How often a face is neutral where the pictures are from. */
export const neutralShare = signal(0);
/** Tasks that are switched off. */
export const off = signal<ReadonlySet<string>>(new Set());

/** Is the mesh of faces read? It costs as much as all else, so only on wish. */
export const meshOn = signal(false);

/** Whether a set can read meshes. */
export const hasMesh = (set: string): boolean => "mesh" in (models.value?.sets[set] ?? {});

/** Choose a set, and with it the models of all tasks. */
export function chooseSet(set: string): void {
  chosenSet.value = set;
  chosenModels.value = {};
}

export const setName = () => setOf(chosenSet.value);

/** What is asked for: all that the set reads and that isn't switched off; all, should nothing be left; and the mesh on wish. */
export function tasksWanted(set: string): string[] {
  const all = tasksOf(set).filter((task) => task !== "mesh");
  const wanted = all.filter((task) => !off.value.has(task));
  return [...(wanted.length > 0 ? wanted : all), ...(meshOn.value && hasMesh(set) ? ["mesh"] : [])];
}

/** The models of a task that may be chosen. */
export const modelsFor = (task: string) => (models.value?.cards ?? []).filter((card) => card.task === task).map((card) => card.name);

/** The model that reads a task: the one that was chosen, while it is there, or the set's. */
export function modelOf(set: string, task: string): string | undefined {
  const chosen = chosenModels.value[task];
  return chosen && modelsFor(task).includes(chosen) ? chosen : models.value?.sets[set]?.[task];
}

/** "task=name" of each task that is read, or heard, by another model than the set's. */
export function modelsWanted(set: string, tasks: readonly string[] = [...tasksWanted(set), ...heardBy(set)]): string[] {
  return tasks
    .filter((task) => modelOf(set, task) !== models.value?.sets[set]?.[task])
    .map((task) => `${task}=${modelOf(set, task)}`);
}

/** Years of an age group; 0, mimik's own groups, where no age is asked for. */
export const groupsWanted = (set: string) => (tasksWanted(set).includes("age") ? ageGroups.value : 0);

/** What answers assume of how frequent classes are, as --prior says it; nothing: what the models' cards say. */
export const priorsWanted = (tasks: readonly string[]): string[] =>
  tasks.includes("emotion") && neutralShare.value > 0 ? [`emotion:neutral=${neutralShare.value}`] : [];

export function switchTasks(tasks: readonly string[], on: boolean): void {
  const next = new Set(off.value);
  for (const task of tasks) {
    if (on) next.delete(task);
    else next.add(task);
  }
  off.value = next;
}
