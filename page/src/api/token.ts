/** The server's token, where it asks for one: read once from the address, kept for this tab. */
import { tokenIn } from "../logic/route";

const KEY = "mimik.token";

function stored(): string | null {
  try {
    return sessionStorage.getItem(KEY);
  } catch {
    return null;
  }
}

let token: string | null = stored();

/** Takes the token out of the address, so that it isn't copied along with it. */
export function takeToken(): void {
  const found = tokenIn(location.hash);
  if (!found) return;
  token = found;
  try {
    sessionStorage.setItem(KEY, found);
  } catch {
    // No storage: the token lasts until the page is left.
  }
  history.replaceState(null, "", location.pathname + "#/live");
}

export function authHeader(): Record<string, string> {
  return token ? { Authorization: `Bearer ${token}` } : {};
}

/** An address that a link or a socket can use, which send no header. */
export function withToken(path: string): string {
  if (!token) return path;
  return `${path}${path.includes("?") ? "&" : "?"}token=${encodeURIComponent(token)}`;
}
