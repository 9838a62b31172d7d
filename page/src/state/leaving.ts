/** What would be lost by leaving: the browser asks before the page goes, the page before a screen does. */
import { signal } from "@preact/signals";

export interface Question {
  title: string;
  text: string;
  action: string;
}

/** Who holds the page, and what is asked before its screen is left; null where only the page itself matters. */
const held = new Map<object, Question | null>();

/** A question that waits for its answer, and what follows a yes. */
export const asked = signal<{ question: Question; go: () => void } | null>(null);

const warn = (event: BeforeUnloadEvent) => event.preventDefault();

export function hold(owner: object, question: Question | null): void {
  if (held.size === 0) addEventListener("beforeunload", warn);
  held.set(owner, question);
}

export function release(owner: object): void {
  held.delete(owner);
  if (held.size === 0) removeEventListener("beforeunload", warn);
}

export function mustAsk(): boolean {
  return [...held.values()].some((question) => question !== null);
}

/** Goes at once where nothing would be lost, else after a yes. */
export function leave(go: () => void): void {
  const question = [...held.values()].find((one) => one !== null);
  if (question) asked.value = { question, go };
  else go();
}

/** The answer to the question. */
export function answer(yes: boolean): void {
  const waiting = asked.value;
  asked.value = null;
  if (!yes || !waiting) return;
  for (const [owner, question] of [...held]) if (question) release(owner);
  waiting.go();
}
