/** Numbers and times as people read them. */

/** People count from 1 on the page; ids in results count from 0. */
export const personNumber = (id: number) => id + 1;

/** 0.973 -> "97 %"; never "100 %" or "0 %" of what isn't wholly so. */
export function percent(share: number): string {
  if (share > 0.99 && share < 1) return "> 99 %";
  if (share < 0.01 && share > 0) return "< 1 %";
  return `${Math.round(share * 100)} %`;
}

/** The same without the signs, for narrow columns: "97". */
export function percentNumber(share: number): string {
  return String(Math.min(100, Math.max(0, Math.round(share * 100))));
}

/** 75.3 -> "1:15"; 3675 -> "1:01:15"; with tenths "1:15.3". */
export function clock(seconds: number, tenths = false): string {
  const sign = seconds < 0 ? "-" : "";
  const parts = tenths ? Math.round(Math.abs(seconds) * 10) : Math.floor(Math.abs(seconds)) * 10;
  const whole = Math.floor(parts / 10);
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor((whole % 3600) / 60);
  const rest = String(whole % 60).padStart(2, "0");
  const tail = tenths ? `.${parts % 10}` : "";
  return hours > 0
    ? `${sign}${hours}:${String(minutes).padStart(2, "0")}:${rest}${tail}`
    : `${sign}${minutes}:${rest}${tail}`;
}

/** Times of an axis: with tenths where its steps need them. */
export function clocks(times: readonly number[]): string[] {
  const tenths = times.some((time) => Math.abs(time - Math.round(time)) > 0.05);
  return times.map((time) => clock(time, tenths));
}

/** -0.5 -> "−0.50", with a sign always, so that columns don't jump. */
export function signed(value: number): string {
  const text = Math.abs(value).toFixed(2);
  return value < 0 && text !== "0.00" ? `\u2212${text}` : `+${text}`;
}

/** A number with so many digits, or a dash. */
export function decimal(value: number | null | undefined, digits = 2): string {
  if (value === null || value === undefined || Number.isNaN(value)) return "\u2013";
  const text = value.toFixed(digits);
  return Number(text) === 0 ? text.replace("-", "") : text;
}

/** A difference: with its sign, or a dash where it isn't known. */
export function signedDecimal(value: number | null): string {
  return value === null ? "\u2013" : signed(value);
}

/** An interval: "\u22120.20 to 0.10", or a dash where it isn't known. */
export function between(low: number | null, high: number | null): string {
  if (low === null || high === null) return "\u2013";
  return `${decimal(low)} to ${decimal(high)}`.replaceAll("-", "\u2212");
}

/** 1536 -> "1.5 kB". */
export function bytes(count: number): string {
  if (count < 1000) return `${count} B`;
  if (count < 1e6) return `${(count / 1e3).toFixed(1)} kB`;
  return `${(count / 1e6).toFixed(1)} MB`;
}

/** Seconds since 1970 or an ISO time -> a local date and time. */
export function moment(when: string | number | null | undefined): string {
  if (when === null || when === undefined) return "\u2013";
  const date = typeof when === "number" ? new Date(when * 1000) : new Date(when);
  if (Number.isNaN(date.getTime())) return String(when);
  const two = (n: number) => String(n).padStart(2, "0");
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}`;
}

/** A name that every file system takes. */
export function fileName(name: string, extension: string): string {
  const safe = name.replace(/[^\p{L}\p{N}._-]+/gu, "-").replace(/^[-.]+|[-.]+$/g, "");
  return `${safe || "mimik"}.${extension}`;
}

/** "a.jpg: not a picture" -> "Not a picture", where the name stands beside it anyway. */
export function withoutName(message: string, name: string): string {
  const rest = message.startsWith(`${name}: `) ? message.slice(name.length + 2) : message;
  return rest.charAt(0).toLocaleUpperCase() + rest.slice(1);
}
