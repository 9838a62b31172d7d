/** The address after `#/`: which screen, and what is open in it. */
export const SCREENS = ["live", "files", "sessions", "studies", "about"] as const;
export type Screen = (typeof SCREENS)[number];

export interface Route {
  screen: Screen;
  /** What is open, such as a session's id. */
  item: string | null;
  /** The address leads nowhere. */
  lost: boolean;
}

/** Screens whose items are numbers. */
const NUMBERED: readonly Screen[] = ["sessions", "studies"];

/** What a part of an address means; null where its percent signs mean nothing. */
function decoded(part: string): string | null {
  try {
    return decodeURIComponent(part);
  } catch {
    return null;
  }
}

export function parseRoute(hash: string): Route {
  const path = hash.replace(/^#\/?/, "");
  const [name, part = "", ...more] = path.split("/");
  const screen = SCREENS.find((known) => known === name);
  const item = decoded(part);
  const misnamed = screen !== undefined && NUMBERED.includes(screen) && item !== "" && !/^\d{1,15}$/.test(item ?? "");
  const lost = path !== "" && (!screen || item === null || misnamed || more.some((one) => one !== ""));
  return { screen: screen ?? "live", item: (!lost && item) || null, lost };
}

export function routeHash(screen: Screen, item?: string | number | null): string {
  return item === undefined || item === null ? `#/${screen}` : `#/${screen}/${encodeURIComponent(String(item))}`;
}

/** The token of an address like `http://host:8464/#token=T`. */
export function tokenIn(hash: string): string | null {
  const found = /(?:^#|&)token=([^&]+)/.exec(hash);
  return found?.[1] ? decoded(found[1]) : null;
}
