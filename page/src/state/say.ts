/** What is told in passing: a line at the bottom, and for screen readers. */
import { signal } from "@preact/signals";
import { messageOf } from "../api/http";

export interface Toast {
  key: number;
  text: string;
  kind: "note" | "problem";
}

export const toasts = signal<Toast[]>([]);
/** For screen readers alone. */
export const spoken = signal("");

let count = 0;

export function say(text: string, kind: Toast["kind"] = "note"): void {
  const key = (count += 1);
  toasts.value = [...toasts.value.slice(-2), { key, text, kind }];
  setTimeout(() => dismiss(key), kind === "problem" ? 9000 : 4000);
}

/** Waits for a request and says why where it fails; whether it went well. */
export async function attempt(action: Promise<unknown>): Promise<boolean> {
  try {
    await action;
    return true;
  } catch (error) {
    say(messageOf(error), "problem");
    return false;
  }
}

export function dismiss(key: number): void {
  toasts.value = toasts.value.filter((toast) => toast.key !== key);
}

let lastSpoken = 0;

/** Speaks a changing value at most every five seconds, so that nobody is talked over. */
export function speak(text: string, everyMs = 5000): void {
  const now = performance.now();
  if (now - lastSpoken < everyMs || text === spoken.value) return;
  lastSpoken = now;
  spoken.value = text;
}
