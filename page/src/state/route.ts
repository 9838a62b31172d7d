/** The screen that is shown. */
import { signal } from "@preact/signals";
import { parseRoute, routeHash, type Route, type Screen } from "../logic/route";
import { leave, mustAsk } from "./leaving";

export const route = signal<Route>(parseRoute(location.hash));

export function watchRoute(): void {
  route.value = parseRoute(location.hash);
  let shown = location.hash;
  const show = () => {
    shown = location.hash;
    route.value = parseRoute(shown);
  };
  addEventListener("hashchange", () => {
    const wanted = location.hash;
    if (wanted === shown) return;
    if (!mustAsk()) return show();
    // The address can't be kept from changing: it is put back until there is an answer.
    history.replaceState(null, "", shown || location.pathname + location.search);
    leave(() => (location.hash = wanted));
  });
}

export function go(screen: Screen, item?: string | number | null): void {
  location.hash = routeHash(screen, item);
}
