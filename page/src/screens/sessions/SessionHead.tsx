/** A session's name, note, exports and end. */
import { useState } from "preact/hooks";
import { messageOf } from "../../api/http";
import { changeSession, deleteSession, exportLink, reportLink } from "../../api/sessions";
import type { Session } from "../../api/types";
import { clock, moment } from "../../logic/format";
import { routeHash } from "../../logic/route";
import { Dialog } from "../../parts/Dialog";
import { Icon } from "../../parts/Icon";
import { go } from "../../state/route";
import { say } from "../../state/say";
import { texts } from "../../texts";

const FORMATS = ["csv", "jsonl", "parquet", "run"] as const;
const NAMES = { csv: "CSV", jsonl: "JSONL", parquet: "Parquet", run: texts.sessions.madeBy };

export function SessionHead({ session, onChange }: { session: Session; onChange: () => void }) {
  const [asks, setAsks] = useState<"rename" | "delete" | null>(null);
  const words = texts.sessions;
  return (
    <header class="session-head">
      <a class="button small" href={routeHash("sessions")}>
        <Icon name="back" /> {words.list}
      </a>
      <div class="session-title">
        <h1>{session.name}</h1>
        <button type="button" class="plain" aria-label={words.rename} onClick={() => setAsks("rename")}>
          <Icon name="edit" />
        </button>
        <button type="button" class="plain" aria-label={words.deleteTitle} onClick={() => setAsks("delete")}>
          <Icon name="trash" />
        </button>
      </div>
      <p class="facts">
        <span>{moment(session.created)}</span>
        <span>{clock(session.duration_s ?? 0, true)}</span>
        <span>{texts.files.frames(session.frames)}</span>
        <span class={`tag ${session.state}`}>{words.states[session.state] ?? session.state}</span>
        {session.study_id !== null && <a href={routeHash("studies", session.study_id)}>{words.study}</a>}
      </p>
      {session.state === "interrupted" && <p class="caution">{words.interrupted}</p>}
      <div class="controls">
        <a class="button small" href={reportLink(session.id)} target="_blank" rel="noopener" data-test="report">
          <Icon name="print" /> {words.report}
        </a>
        {FORMATS.map((format) => (
          <a
            key={format}
            class="button small"
            href={exportLink(session.id, format)}
            download=""
            data-test={`export-${format}`}
          >
            <Icon name="down" /> {NAMES[format]}
          </a>
        ))}
      </div>
      <Note session={session} />
      {asks === "rename" && (
        <Rename session={session} onClose={() => setAsks(null)} onDone={() => (setAsks(null), onChange())} />
      )}
      {asks === "delete" && <Delete session={session} onClose={() => setAsks(null)} />}
    </header>
  );
}

function Note({ session }: { session: Session }) {
  const save = async (note: string) => {
    if (note === (session.note ?? "")) return;
    try {
      await changeSession(session.id, { note });
      say(texts.sessions.noteSaved);
    } catch (error) {
      say(messageOf(error), "problem");
    }
  };
  return (
    <label class="field note">
      <span>
        {texts.common.note} <small>{texts.sessions.noteHelp}</small>
      </span>
      <textarea rows={2} defaultValue={session.note ?? ""} onBlur={(event) => void save(event.currentTarget.value)} />
    </label>
  );
}

function Rename(props: { session: Session; onDone: () => void; onClose: () => void }) {
  const [name, setName] = useState(props.session.name);
  const save = async () => {
    try {
      await changeSession(props.session.id, { name: name.trim() });
      props.onDone();
    } catch (error) {
      say(messageOf(error), "problem");
    }
  };
  return (
    <Dialog title={texts.sessions.rename} action={texts.common.save} onDone={save} onClose={props.onClose}>
      <label class="field">
        <span>{texts.common.name}</span>
        <input
          type="text"
          required
          maxLength={200}
          value={name}
          onInput={(event) => setName(event.currentTarget.value)}
        />
      </label>
    </Dialog>
  );
}

function Delete({ session, onClose }: { session: Session; onClose: () => void }) {
  const remove = async () => {
    try {
      await deleteSession(session.id);
      say(texts.sessions.deleted);
      go("sessions");
    } catch (error) {
      say(messageOf(error), "problem");
      onClose();
    }
  };
  return (
    <Dialog title={texts.sessions.deleteTitle} action={texts.common.delete} danger onDone={remove} onClose={onClose}>
      <p>{texts.sessions.deleteText(session.name)}</p>
    </Dialog>
  );
}
