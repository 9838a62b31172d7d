/** The plots that the server draws, as they go into the report; drawn only when asked for. */
import { useEffect, useState } from "preact/hooks";
import { getBlob, messageOf } from "../../api/http";
import { isOther } from "../../logic/readings";
import { texts } from "../../texts";

/** Plot to what it draws. */
const KINDS: Record<string, (task: string) => boolean> = {
  timeline: (task) => task === "emotion",
  classes: (task) => isOther(task) && task !== VOICE,
  units: (task) => task === "au",
  face: (task) => task === "au",
  voices: (task) => task === VOICE,
};
/** Stands for whatever is heard. */
export const VOICE = "voice";

interface Props {
  session: string | number;
  /** Changes when the readings do. */
  version: string;
  /** What was read, as the timeline names it. */
  signals: readonly string[];
}

export function PlotBox({ session, version, signals }: Props) {
  const [open, setOpen] = useState(false);
  const kinds = Object.entries(KINDS).flatMap(([kind, drawn]) =>
    signals.some((name) => name.includes(":") && drawn(name.slice(0, name.indexOf(":")))) ? [kind] : [],
  );
  if (kinds.length === 0) return null;
  return (
    <details class="panel" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        <h2>{texts.sessions.plots}</h2>
      </summary>
      {open && kinds.map((kind) => <Plot key={kind + version} session={session} kind={kind} />)}
    </details>
  );
}

function Plot({ session, kind }: { session: string | number; kind: string }) {
  const [url, setUrl] = useState<string | null>(null);
  const [error, setError] = useState<string | null>(null);
  useEffect(() => {
    let made: string | null = null;
    getBlob(`/v1/sessions/${encodeURIComponent(String(session))}/plots/${kind}.png`)
      .then((blob) => setUrl((made = URL.createObjectURL(blob))))
      .catch((problem) => setError(messageOf(problem)));
    return () => {
      if (made) URL.revokeObjectURL(made);
    };
  }, [session, kind]);
  const caption = texts.sessions.plot[kind] ?? kind;
  return (
    <figure class="plot">
      {url && <img src={url} alt={caption} />}
      {error && <p class="caution">{error}</p>}
      {!url && !error && <p class="quiet">{texts.common.loading}</p>}
      <figcaption>{caption}</figcaption>
    </figure>
  );
}
