/** Light or dark: the system's, unless chosen. */
import { signal } from "@preact/signals";

export type Look = "system" | "light" | "dark";
const KEY = "mimik.theme";

function stored(): Look {
  try {
    const look = localStorage.getItem(KEY);
    return look === "light" || look === "dark" ? look : "system";
  } catch {
    return "system";
  }
}

const systemDark = matchMedia("(prefers-color-scheme: dark)");

export const look = signal<Look>(stored());
export const dark = signal(isDark());

function isDark(): boolean {
  return look.value === "system" ? systemDark.matches : look.value === "dark";
}

function apply(): void {
  if (look.value === "system") delete document.documentElement.dataset["theme"];
  else document.documentElement.dataset["theme"] = look.value;
  colours.clear();
  dark.value = isDark();
}

export function setLook(next: Look): void {
  look.value = next;
  try {
    localStorage.setItem(KEY, next);
  } catch {
    // No storage: the look lasts until the page is left.
  }
  apply();
}

systemDark.addEventListener("change", apply);

const probe = document.createElement("span");
const colours = new Map<string, string>();

/** A colour of the style sheet, for canvases; read anew when the look changes. */
export function colour(name: string): string {
  const known = colours.get(name);
  if (known) return known;
  // Only a property that takes a colour says which of the two it is; the variable itself keeps both.
  probe.hidden = true;
  if (!probe.isConnected) document.body.append(probe);
  probe.style.color = `var(${name})`;
  const found = getComputedStyle(probe).color;
  colours.set(name, found);
  return found;
}
