/** Markers by a single key: M, and 1 to 9; never while something is typed. */
import { useEffect } from "preact/hooks";

const TYPED = "input:not([type=radio]):not([type=checkbox]), textarea, select, [contenteditable]";

/** The label that a key stands for; null if it is no marker's. */
export function markerOf(key: string): string | null {
  if (/^[1-9]$/.test(key)) return key;
  return key.toLowerCase() === "m" ? "M" : null;
}

export function useMarkerKeys(on: boolean, mark: (label: string) => void): void {
  useEffect(() => {
    if (!on) return;
    const press = (event: KeyboardEvent) => {
      if (event.repeat || event.ctrlKey || event.metaKey || event.altKey) return;
      if ((event.target as Element | null)?.closest?.(TYPED) || document.querySelector("dialog[open]")) return;
      const label = markerOf(event.key);
      if (!label) return;
      event.preventDefault();
      mark(label);
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, [on]);
}
