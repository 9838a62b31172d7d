/** Whether the server answers, and what it told of itself. */
import { signal } from "@preact/signals";
import { ApiError, getJson, messageOf } from "../api/http";
import type { Health, Models, Settings } from "../api/types";

export type ServerState = "connecting" | "up" | "down" | "refused";

export const serverState = signal<ServerState>("connecting");
/** Why the server refuses us, where it isn't for want of a token. */
export const refusal = signal<string | null>(null);
export const health = signal<Health | null>(null);
export const settings = signal<Settings | null>(null);
export const models = signal<Models | null>(null);
/** Grows each time that the server comes back, so that screens read anew. */
export const arrivals = signal(0);

const EVERY_MS = 3000;
const EVERY_DOWN_MS = 1000;

async function look(): Promise<void> {
  try {
    health.value = await getJson<Health>("/v1/health");
    // It tells strangers less, and refuses only a wrong token.
    if (serverState.value !== "up" || health.value.uptime_s === undefined) await arrive();
    refusal.value = null;
  } catch (error) {
    const refused = error instanceof ApiError && error.code !== "unreachable" && error.status < 500;
    refusal.value = refused && error.code !== "token_needed" ? messageOf(error) : null;
    serverState.value = refused ? "refused" : "down";
  }
}

async function arrive(): Promise<void> {
  [settings.value, models.value] = await Promise.all([
    getJson<Settings>("/v1/settings"),
    getJson<Models>("/v1/models"),
  ]);
  if (serverState.value === "up") return;
  serverState.value = "up";
  arrivals.value += 1;
}

/** Looks now and then, for as long as the page is open. */
export async function watchServer(): Promise<void> {
  for (;;) {
    await look();
    await new Promise((resolve) => setTimeout(resolve, serverState.value === "up" ? EVERY_MS : EVERY_DOWN_MS));
  }
}

/** A set of models as it was chosen, or the server's own where it isn't or is no longer offered. */
export function setOf(chosen: string | null): string {
  const told = models.value;
  return chosen !== null && told?.sets[chosen] ? chosen : (told?.default ?? "");
}

/** What a set's models read unasked. */
export function tasksOf(set: string): string[] {
  const has = models.value?.sets[set] ?? {};
  return (models.value?.tasks ?? []).filter((task) => task in has);
}

/** What a set's models hear in voices. */
export const heardBy = (set: string): string[] => (models.value?.heard ?? []).filter((task) => task in (models.value?.sets[set] ?? {}));

export const canListen = (set: string): boolean => heardBy(set).length > 0;

/** Unit to the probability from which on a model calls it active; empty for a model that isn't here. */
export function thresholdsOf(model: string | undefined): Record<string, number> {
  return models.value?.cards.find((card) => card.name === model)?.thresholds ?? {};
}

export { atHome } from "../api/token";
