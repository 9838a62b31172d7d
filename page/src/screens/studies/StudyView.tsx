/** One study: its people, its runs, its results. */
import { useState } from "preact/hooks";
import { listSessions } from "../../api/sessions";
import { changeStudy, deleteStudy, getStudy, listPeople } from "../../api/studies";
import type { Study } from "../../api/types";
import { DeleteDialog } from "../../parts/Dialog";
import { BackLink, ItemHead } from "../../parts/ItemHead";
import { Problem } from "../../parts/Notice";
import { Tabs } from "../../parts/Tabs";
import { useLoad } from "../../parts/useLoad";
import { leave } from "../../state/leaving";
import { go } from "../../state/route";
import { attempt } from "../../state/say";
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
  const [, again] = useState(0);
  const words = texts.studies;
  const error = study.error ?? people.error ?? sessions.error;
  if (!study.value) {
    return (
      <div class="study">
        <BackLink list="studies" label={words.list} />
        {error ? <Problem text={error} /> : <p class="quiet">{texts.common.loading}</p>}
      </div>
    );
  }
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
        onChange={(next) => {
          leave(() => setPart(next));
          // Where the run is asked about first, the choice goes back to it.
          again((count) => count + 1);
        }}
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
      {part === "results" && (
        <ResultsTab study={study.value} people={persons} sessions={recorded} onSessions={sessions.reload} />
      )}
    </div>
  );
}

function Head({ study, onChange }: { study: Study; onChange: () => void }) {
  const [asks, setAsks] = useState<"edit" | "delete" | null>(null);
  const [sessionsToo, setSessionsToo] = useState(false);
  const words = texts.studies;
  const save = async (name: string, note: string, groups: string[]) => {
    if (!(await attempt(changeStudy(study.id, { name, note, groups })))) return;
    setAsks(null);
    onChange();
  };
  const remove = async () => {
    if (await attempt(deleteStudy(study.id, sessionsToo))) go("studies");
    else setAsks(null);
  };
  return (
    <ItemHead
      list="studies"
      back={words.list}
      name={study.name}
      change={words.editTitle}
      remove={words.deleteTitle}
      onChange={() => setAsks("edit")}
      onRemove={() => setAsks("delete")}
    >
      {study.note && <p class="quiet">{study.note}</p>}
      {asks === "edit" && (
        <StudyForm title={words.editTitle} study={study} onSave={save} onClose={() => setAsks(null)} />
      )}
      {asks === "delete" && (
        <DeleteDialog title={words.deleteTitle} onDone={remove} onClose={() => setAsks(null)}>
          <p>{words.deleteText(study.name)}</p>
          <label class="check">
            <input
              type="checkbox"
              checked={sessionsToo}
              onChange={(event) => setSessionsToo(event.currentTarget.checked)}
            />
            {words.deleteSessions}
          </label>
        </DeleteDialog>
      )}
    </ItemHead>
  );
}
