/** One study: its people, its runs, its results. */
import { useState } from "preact/hooks";
import { messageOf } from "../../api/http";
import { listSessions } from "../../api/sessions";
import { changeStudy, deleteStudy, getStudy, listPeople } from "../../api/studies";
import type { Study } from "../../api/types";
import { routeHash } from "../../logic/route";
import { Dialog } from "../../parts/Dialog";
import { Icon } from "../../parts/Icon";
import { Problem } from "../../parts/Notice";
import { Tabs } from "../../parts/Tabs";
import { useLoad } from "../../parts/useLoad";
import { go } from "../../state/route";
import { say } from "../../state/say";
import { texts } from "../../texts";
import { PeopleTab } from "./PeopleTab";
import { ResultsTab } from "./ResultsTab";
import { RunTab } from "./RunTab";
import { StudyForm } from "./StudyForm";

type Part = "people" | "run" | "results";

export function StudyView({ id }: { id: string }) {
  const study = useLoad(() => getStudy(id), [id]);
  const people = useLoad(() => listPeople(id), [id]);
  const sessions = useLoad(() => listSessions(id), [id]);
  const [part, setPart] = useState<Part>("people");
  const words = texts.studies;
  const error = study.error ?? people.error ?? sessions.error;
  if (!study.value) return error ? <Problem text={error} /> : <p class="quiet">{texts.common.loading}</p>;
  const persons = people.value ?? [];
  const recorded = sessions.value ?? [];
  return (
    <div class="study">
      <Head study={study.value} onChange={study.reload} />
      {error && <Problem text={error} />}
      <Tabs
        label={words.parts}
        value={part}
        choices={[
          { value: "people", label: words.people },
          { value: "run", label: words.run },
          { value: "results", label: words.results },
        ]}
        onChange={setPart}
      />
      {part === "people" && (
        <PeopleTab study={study.value} people={persons} sessions={recorded} onChange={people.reload} />
      )}
      {part === "run" && (
        <RunTab
          study={study.value}
          people={persons}
          sessions={recorded}
          onStimulus={study.reload}
          onRecorded={sessions.reload}
        />
      )}
      {part === "results" && <ResultsTab study={study.value} />}
    </div>
  );
}

function Head({ study, onChange }: { study: Study; onChange: () => void }) {
  const [asks, setAsks] = useState<"edit" | "delete" | null>(null);
  const [sessionsToo, setSessionsToo] = useState(false);
  const words = texts.studies;
  const save = async (name: string, note: string, groups: string[]) => {
    try {
      await changeStudy(study.id, { name, note, groups });
      setAsks(null);
      onChange();
    } catch (error) {
      say(messageOf(error), "problem");
    }
  };
  const remove = async () => {
    try {
      await deleteStudy(study.id, sessionsToo);
      go("studies");
    } catch (error) {
      setAsks(null);
      say(messageOf(error), "problem");
    }
  };
  return (
    <header class="session-head">
      <a class="button small" href={routeHash("studies")}>
        <Icon name="back" /> {words.list}
      </a>
      <div class="session-title">
        <h1>{study.name}</h1>
        <button type="button" class="plain" aria-label={words.editTitle} onClick={() => setAsks("edit")}>
          <Icon name="edit" />
        </button>
        <button type="button" class="plain" aria-label={words.deleteTitle} onClick={() => setAsks("delete")}>
          <Icon name="trash" />
        </button>
      </div>
      {study.note && <p class="quiet">{study.note}</p>}
      {asks === "edit" && (
        <StudyForm title={words.editTitle} study={study} onSave={save} onClose={() => setAsks(null)} />
      )}
      {asks === "delete" && (
        <Dialog
          title={words.deleteTitle}
          action={texts.common.delete}
          danger
          onDone={remove}
          onClose={() => setAsks(null)}
        >
          <p>{words.deleteText(study.name)}</p>
          <label class="check">
            <input
              type="checkbox"
              checked={sessionsToo}
              onChange={(event) => setSessionsToo(event.currentTarget.checked)}
            />
            {words.deleteSessions}
          </label>
        </Dialog>
      )}
    </header>
  );
}
