/** Years of an age group, 5 or 10; 0 is mimik's own groups. Holds for all that is read from now on. */
import { signal } from "@preact/signals";

export const WIDTHS = [0, 5, 10];
const KEY = "mimik.ageGroups";

function stored(): number {
  try {
    const width = Number(localStorage.getItem(KEY));
    return WIDTHS.includes(width) ? width : 0;
  } catch {
    return 0;
  }
}

export const ageGroups = signal(stored());

export function setAgeGroups(width: number): void {
  ageGroups.value = width;
  try {
    localStorage.setItem(KEY, String(width));
  } catch {
    // No storage: the choice lasts until the page is left.
  }
}
