/** Single keys, never while something is typed or a dialog is open. */
import { useEffect, useRef } from "preact/hooks";
import { markerOf } from "../logic/keys";

const TYPED = "input:not([type=radio]):not([type=checkbox]), textarea, select, [contenteditable]";

/** Calls back with each key that is pressed; it answers whether it took the key. */
export function useKeys(on: boolean, take: (key: string) => boolean): void {
  const newest = useRef(take);
  newest.current = take;
  useEffect(() => {
    if (!on) return;
    const press = (event: KeyboardEvent) => {
      if (event.repeat || event.ctrlKey || event.metaKey || event.altKey) return;
      if ((event.target as Element | null)?.closest?.(TYPED) || document.querySelector("dialog[open]")) return;
      if (newest.current(event.key)) event.preventDefault();
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, [on]);
}

/** Markers by a single key: M, and 1 to 9. */
export function useMarkerKeys(on: boolean, mark: (label: string) => void): void {
  useKeys(on, (key) => {
    const label = markerOf(key);
    if (label) mark(label);
    return label !== null;
  });
}
