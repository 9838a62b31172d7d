/** The address after `#/`: which screen, and what is open in it. */
export const SCREENS = ["live", "files", "sessions", "studies", "about"] as const;
export type Screen = (typeof SCREENS)[number];

export interface Route {
  screen: Screen;
  /** What is open, such as a session's id. */
  item: string | null;
}

export function parseRoute(hash: string): Route {
  const [screen, item] = hash.replace(/^#\/?/, "").split("/");
  const known = SCREENS.find((name) => name === screen);
  return { screen: known ?? "live", item: known && item ? decodeURIComponent(item) : null };
}

export function routeHash(screen: Screen, item?: string | number | null): string {
  return item === undefined || item === null ? `#/${screen}` : `#/${screen}/${encodeURIComponent(String(item))}`;
}

/** The token of an address like `http://host:8765/#token=T`. */
export function tokenIn(hash: string): string | null {
  const found = /(?:^#|&)token=([^&]+)/.exec(hash);
  return found?.[1] ? decodeURIComponent(found[1]) : null;
}
