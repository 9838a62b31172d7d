/** The plots that the server draws, as they go into the report; drawn only when asked for. */
import { useEffect, useState } from "preact/hooks";
import { getBlob, messageOf } from "../../api/http";
import { texts } from "../../texts";

const KINDS = ["timeline", "units", "face"];

/** `version` changes when the readings do. */
export function PlotBox({ session, version }: { session: string | number; version: string }) {
  const [open, setOpen] = useState(false);
  return (
    <details class="panel" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        <h2>{texts.sessions.plots}</h2>
      </summary>
      {open && KINDS.map((kind) => <Plot key={kind + version} session={session} kind={kind} />)}
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
