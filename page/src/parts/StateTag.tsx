/** How a session ended. */
import type { Session } from "../api/types";
import { texts } from "../texts";

export function StateTag({ session }: { session: Session }) {
  const { state, broken_off } = session;
  if (broken_off && state !== "recording") return <span class="tag interrupted">{texts.studies.brokenOff}</span>;
  return <span class={`tag ${state}`}>{texts.sessions.states[state] ?? state}</span>;
}
