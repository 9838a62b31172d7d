/** The server's token: taken from the address, and kept by this browser. */
import { tokenIn } from "../logic/route";

const KEY = "mimik.token";

/** Does the server run on the machine that shows the page? */
export const atHome = ["127.0.0.1", "localhost", "[::1]"].includes(location.hostname);

/** Without storage the token lasts until the page is left. */
let held: string | null = null;

/** All tabs of this machine's browser share the token; on another device it goes with the tab. */
function place(): Storage {
  return atHome ? localStorage : sessionStorage;
}

/** Looked up each time: after a new start of the server, another tab may have taken the new one. */
function token(): string | null {
  try {
    return place().getItem(KEY) ?? held;
  } catch {
    return held;
  }
}

/** Takes the token out of the address, so that it isn't copied along with it. */
export function takeToken(): void {
  const found = tokenIn(location.hash);
  if (!found) return;
  held = found;
  try {
    place().setItem(KEY, found);
  } catch {
    // No storage.
  }
  history.replaceState(null, "", location.pathname + "#/live");
}

/** Takes it now, and when its address is opened in a tab that shows the page already. */
export function watchToken(): void {
  takeToken();
  addEventListener("hashchange", takeToken);
}

export function authHeader(): Record<string, string> {
  const known = token();
  return known ? { Authorization: `Bearer ${known}` } : {};
}

/** An address that a link or a socket can use, which send no header. */
export function withToken(path: string): string {
  const known = token();
  if (!known) return path;
  return `${path}${path.includes("?") ? "&" : "?"}token=${encodeURIComponent(known)}`;
}
