/** A session's name, note, exports and end. */
import { useState } from "preact/hooks";
import { changeSession, deleteSession, exportLink, reportLink, type Export } from "../../api/sessions";
import type { Session } from "../../api/types";
import { clock, moment } from "../../logic/format";
import { routeHash } from "../../logic/route";
import { DeleteDialog, Dialog, NameField } from "../../parts/Dialog";
import { Icon } from "../../parts/Icon";
import { ItemHead } from "../../parts/ItemHead";
import { PlainNames, plainNames } from "../../parts/PlainNames";
import { StateTag } from "../../parts/StateTag";
import { TextInput } from "../../parts/TextInput";
import { look } from "../../state/look";
import { go } from "../../state/route";
import { attempt, say } from "../../state/say";
import { texts } from "../../texts";

/** Tables of what the session holds: of faces, of voices. */
function formatsOf({ frames, spans }: Session): Export[] {
  const faces: Export[] = frames > 0 || !spans ? ["csv", "parquet"] : [];
  return [...faces, ...(spans ? (["voices"] as const) : []), "jsonl", "run"];
}

export function SessionHead({ session, onChange }: { session: Session; onChange: () => void }) {
  const [asks, setAsks] = useState<"rename" | "delete" | null>(null);
  const words = texts.sessions;
  const chosen = look.value === "system" ? null : look.value;
  return (
    <ItemHead
      list="sessions"
      back={words.list}
      name={session.name}
      change={words.rename}
      remove={words.deleteTitle}
      onChange={() => setAsks("rename")}
      onRemove={() => setAsks("delete")}
    >
      <p class="facts">
        <span>{moment(session.created)}</span>
        <span>{clock(session.duration_s ?? 0, true)}</span>
        {(session.frames > 0 || !session.spans) && <span>{texts.files.frames(session.frames)}</span>}
        {session.spans ? <span data-test="spans">{texts.voice.count(session.spans)}</span> : null}
        <StateTag session={session} />
        {session.study_id !== null && <a href={routeHash("studies", session.study_id)}>{words.study}</a>}
      </p>
      {session.state === "interrupted" && <p class="caution">{words.interrupted}</p>}
      <div class="controls">
        <a class="button small" href={reportLink(session.id, chosen)} target="_blank" rel="noopener" data-test="report">
          <Icon name="print" /> {words.report}
        </a>
        {formatsOf(session).map((format) => (
          <a
            key={format}
            class="button small"
            href={exportLink(session.id, format, plainNames.value)}
            download=""
            data-test={`export-${format}`}
          >
            <Icon name="down" /> {words.exports[format]}
          </a>
        ))}
        <PlainNames />
        <small>{words.counted}</small>
      </div>
      <Note session={session} />
      {asks === "rename" && (
        <Rename session={session} onClose={() => setAsks(null)} onDone={() => (setAsks(null), onChange())} />
      )}
      {asks === "delete" && <Delete session={session} onClose={() => setAsks(null)} />}
    </ItemHead>
  );
}

function Note({ session }: { session: Session }) {
  const save = async (note: string) => {
    if (note === (session.note ?? "")) return;
    if (await attempt(changeSession(session.id, { note }))) say(texts.sessions.noteSaved);
  };
  return (
    <label class="field note">
      <span>
        {texts.common.note} <small>{texts.sessions.noteHelp}</small>
      </span>
      <TextInput lines={2} defaultValue={session.note ?? ""} onSave={(note) => void save(note)} />
    </label>
  );
}

function Rename(props: { session: Session; onDone: () => void; onClose: () => void }) {
  const [name, setName] = useState(props.session.name);
  const save = async () => {
    if (await attempt(changeSession(props.session.id, { name: name.trim() }))) props.onDone();
  };
  return (
    <Dialog title={texts.sessions.rename} action={texts.common.save} onDone={save} onClose={props.onClose}>
      <NameField name={name} onName={setName} test="session-name" />
    </Dialog>
  );
}

function Delete({ session, onClose }: { session: Session; onClose: () => void }) {
  const remove = async () => {
    if (!(await attempt(deleteSession(session.id)))) return onClose();
    say(texts.sessions.deleted);
    go("sessions");
  };
  return (
    <DeleteDialog title={texts.sessions.deleteTitle} onDone={remove} onClose={onClose}>
      <p>{texts.sessions.deleteText(session.name)}</p>
    </DeleteDialog>
  );
}
