/** A stretch of a session in which the face is at rest; hidden where the server can't use it. */
import { messageOf } from "../../api/http";
import { clearReference, setReference } from "../../api/sessions";
import type { Marker } from "../../api/types";
import { clock } from "../../logic/format";
import { say } from "../../state/say";
import { settings } from "../../state/server";
import { texts } from "../../texts";

interface Props {
  session: string | number;
  markers: readonly Marker[];
  time: number;
  end: number;
  face: number;
}

const LENGTH_S = 3;

export function NeutralBox({ session, markers, time, end, face }: Props) {
  if (!settings.value?.session_references) return null;
  const words = texts.sessions;
  const within = markers.find((marker) => marker.end_s !== null && marker.time_s <= time && time <= marker.end_s);
  const from = within ? within.time_s : time;
  const to = within?.end_s ?? Math.min(end, time + LENGTH_S);
  const run = async (action: Promise<unknown>, done: string) => {
    try {
      await action;
      say(done);
    } catch (error) {
      say(messageOf(error), "problem");
    }
  };
  return (
    <section class="panel" aria-label={words.neutral}>
      <h2>{words.neutral}</h2>
      <p class="quiet">{words.neutralHelp}</p>
      <div class="controls">
        <button
          type="button"
          class="button small"
          disabled={to <= from}
          onClick={() => void run(setReference(session, from, to, face), words.neutralDone)}
        >
          {words.setNeutral(clock(from, true), clock(to, true))}
        </button>
        <button
          type="button"
          class="button small"
          onClick={() => void run(clearReference(session), words.neutralCleared)}
        >
          {words.clearNeutral}
        </button>
      </div>
    </section>
  );
}
