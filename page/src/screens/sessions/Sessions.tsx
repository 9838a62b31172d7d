/** What was recorded: a list, and each session by itself. */
import { useState } from "preact/hooks";
import { deleteSession, listSessions } from "../../api/sessions";
import type { Session } from "../../api/types";
import { clock, moment } from "../../logic/format";
import { routeHash } from "../../logic/route";
import { DeleteDialog } from "../../parts/Dialog";
import { Icon } from "../../parts/Icon";
import { Empty, Problem } from "../../parts/Notice";
import { StateTag } from "../../parts/StateTag";
import { useLoad } from "../../parts/useLoad";
import { attempt, say } from "../../state/say";
import { settings } from "../../state/server";
import { texts } from "../../texts";
import { SessionView } from "./SessionView";

export function Sessions({ item }: { item: string | null }) {
  if (item !== null) return <SessionView key={item} id={item} />;
  return <SessionList />;
}

function SessionList() {
  const list = useLoad(() => listSessions(), []);
  const [doomed, setDoomed] = useState<Session | null>(null);
  const words = texts.sessions;
  const remove = async () => {
    if (!doomed) return;
    if (await attempt(deleteSession(doomed.id))) say(words.deleted);
    setDoomed(null);
    list.reload();
  };
  const sessions = list.value ?? [];
  return (
    <div class="column">
      <h1>{texts.titles.sessions}</h1>
      {list.error && <Problem text={list.error} />}
      {!list.value && list.loading && <p class="quiet">{texts.common.loading}</p>}
      {list.value && sessions.length === 0 && (
        <Empty
          icon="sessions"
          title={words.emptyTitle}
          text={settings.value?.keeps === "nothing" ? texts.live.keepsNothing : words.empty}
        />
      )}
      {sessions.length > 0 && (
        <div class="table-wrap panel">
          <table class="table stacking brief" data-test="sessions">
            <thead>
              <tr>
                <th>{words.columns.name}</th>
                <th>{words.columns.created}</th>
                <th class="number">{words.columns.length}</th>
                <th class="number">{words.columns.frames}</th>
                <th class="number">{words.columns.spans}</th>
                <th>{words.columns.state}</th>
                <th>
                  <span class="hidden-text">{texts.common.delete}</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {sessions.map((session) => (
                <Row key={session.id} session={session} onDelete={() => setDoomed(session)} />
              ))}
            </tbody>
          </table>
        </div>
      )}
      {doomed && (
        <DeleteDialog title={words.deleteTitle} onDone={remove} onClose={() => setDoomed(null)}>
          <p>{words.deleteText(doomed.name)}</p>
        </DeleteDialog>
      )}
    </div>
  );
}

function Row({ session, onDelete }: { session: Session; onDelete: () => void }) {
  const words = texts.sessions;
  return (
    <tr>
      <td>
        <a class="row-link" href={routeHash("sessions", session.id)}>
          {session.name}
        </a>
      </td>
      <td data-label={words.columns.created}>{moment(session.created)}</td>
      <td data-label={words.columns.length} class="number">
        {clock(session.duration_s ?? 0, true)}
      </td>
      <td data-label={words.columns.frames} class="number">
        {session.frames}
      </td>
      <td data-label={words.columns.spans} class="number">
        {session.spans ?? 0}
      </td>
      <td data-label={words.columns.state}>
        <StateTag session={session} />
      </td>
      <td class="row-buttons">
        <button
          type="button"
          class="plain"
          aria-label={`${texts.common.delete}: ${session.name}`}
          disabled={session.state === "recording"}
          onClick={onDelete}
        >
          <Icon name="trash" />
        </button>
      </td>
    </tr>
  );
}
