/** Which characters a typed text may hold, as the server has it. */

/** They can't be seen, and make a name read as another one. */
const MARKS = "\\u061c\\u200e\\u200f\\u202a-\\u202e\\u2066-\\u2069";
/** Line breaks and other control characters. */
const CONTROLS = "\\u0000-\\u001f\\u007f-\\u009f\\u2028\\u2029";
const IN_NAMES = new RegExp(`[${MARKS}${CONTROLS}]`, "gu");
/** Notes may have lines. */
const IN_NOTES = new RegExp(`(?![\\n\\r\\t\\u2028\\u2029])[${MARKS}${CONTROLS}]`, "gu");

/** A text without what it may not hold. */
export function cleaned(text: string, lines = false): string {
  return text.replace(lines ? IN_NOTES : IN_NAMES, "");
}

/** A name for something, made of a file's, which may hold anything. */
export function nameOf(file: string): string {
  return cleaned(file).trim().slice(0, 200) || "?";
}
