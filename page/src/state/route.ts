/** The screen that is shown. */
import { signal } from "@preact/signals";
import { parseRoute, routeHash, type Route, type Screen } from "../logic/route";

export const route = signal<Route>(parseRoute(location.hash));

export function watchRoute(): void {
  route.value = parseRoute(location.hash);
  addEventListener("hashchange", () => (route.value = parseRoute(location.hash)));
}

export function go(screen: Screen, item?: string | number | null): void {
  location.hash = routeHash(screen, item);
}
