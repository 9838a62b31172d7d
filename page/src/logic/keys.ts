/** What a single key does while the camera records. */

/** The label that a key stands for; null if it is no marker's. */
export function markerOf(key: string): string | null {
  if (/^[1-9]$/.test(key)) return key;
  return key.toLowerCase() === "m" ? "M" : null;
}

export type RunAct = { act: "mark"; label: string } | { act: "fill" };

/** In a study's run a key may set a marker, while it records, or fill the screen; null if it does neither. */
export function runAct(key: string, recording: boolean, canFill: boolean): RunAct | null {
  const label = markerOf(key);
  if (label) return recording ? { act: "mark", label } : null;
  return canFill && key.toLowerCase() === "f" ? { act: "fill" } : null;
}
