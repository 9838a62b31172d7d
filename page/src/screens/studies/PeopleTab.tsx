/** The people of a study, by codes. */
import { useState } from "preact/hooks";
import { addPerson, changePerson, deletePerson } from "../../api/studies";
import type { Person, Session, Study } from "../../api/types";
import { routeHash } from "../../logic/route";
import { DeleteDialog } from "../../parts/Dialog";
import { Icon } from "../../parts/Icon";
import { TextInput } from "../../parts/TextInput";
import { attempt } from "../../state/say";
import { texts } from "../../texts";

interface Props {
  study: Study;
  people: readonly Person[];
  sessions: readonly Session[];
  onChange: () => void;
}

const words = texts.studies;

function GroupChoice(props: { groups: string[]; value: string; label: string; onChange: (group: string) => void }) {
  return (
    <select
      aria-label={props.label}
      value={props.value}
      onChange={(event) => props.onChange(event.currentTarget.value)}
    >
      <option value="">{words.noGroup}</option>
      {props.groups.map((group) => (
        <option value={group}>{group}</option>
      ))}
    </select>
  );
}

export function PeopleTab({ study, people, sessions, onChange }: Props) {
  const [doomed, setDoomed] = useState<Person | null>(null);
  const change = async (action: Promise<unknown>) => {
    await attempt(action);
    onChange();
  };
  return (
    <section class="panel">
      {people.length === 0 && <p class="quiet">{words.noPeople}</p>}
      {people.length > 0 && (
        <div class="table-wrap">
          <table class="table stacking" data-test="people">
            <thead>
              <tr>
                <th>{words.code}</th>
                <th>{words.group}</th>
                <th>{texts.common.note}</th>
                <th>{texts.titles.sessions}</th>
                <th>
                  <span class="hidden-text">{texts.common.delete}</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {people.map((person) => (
                <Row
                  key={person.id}
                  study={study}
                  person={person}
                  sessions={sessions.filter((session) => session.person_id === person.id)}
                  onChange={(changes) => void change(changePerson(study.id, person.id, changes))}
                  onDelete={() => setDoomed(person)}
                />
              ))}
            </tbody>
          </table>
        </div>
      )}
      <AddPerson study={study} onAdd={(person) => change(addPerson(study.id, person))} />
      {doomed && (
        <DeleteDialog
          title={words.deletePersonTitle}
          onDone={async () => {
            await change(deletePerson(study.id, doomed.id));
            setDoomed(null);
          }}
          onClose={() => setDoomed(null)}
        >
          <p>{words.deletePersonText(doomed.code)}</p>
        </DeleteDialog>
      )}
    </section>
  );
}

interface RowProps {
  study: Study;
  person: Person;
  sessions: Session[];
  onChange: (change: Partial<Person>) => void;
  onDelete: () => void;
}

function Row({ study, person, sessions, onChange, onDelete }: RowProps) {
  return (
    <tr>
      <td>
        <b>{person.code}</b>
      </td>
      <td data-label={words.group}>
        <GroupChoice
          groups={study.groups}
          value={person.group ?? ""}
          label={`${words.group}: ${person.code}`}
          onChange={(group) => onChange({ group })}
        />
      </td>
      <td data-label={texts.common.note}>
        <TextInput
          aria-label={`${texts.common.note}: ${person.code}`}
          maxLength={1000}
          defaultValue={person.note ?? ""}
          onSave={(note) => onChange({ note })}
        />
      </td>
      <td data-label={texts.titles.sessions}>
        {sessions.length === 0
          ? "\u2013"
          : sessions.map((session, index) => (
              <a key={session.id} class="session-number" href={routeHash("sessions", session.id)} title={session.name}>
                {index + 1}
                <span class="hidden-text"> {session.name}</span>
              </a>
            ))}
      </td>
      <td class="row-buttons">
        <button type="button" class="plain" aria-label={words.deletePerson(person.code)} onClick={onDelete}>
          <Icon name="trash" />
        </button>
      </td>
    </tr>
  );
}

function AddPerson({ study, onAdd }: { study: Study; onAdd: (person: Omit<Person, "id">) => Promise<void> }) {
  const [code, setCode] = useState("");
  const [group, setGroup] = useState("");
  const add = async (event: Event) => {
    event.preventDefault();
    await onAdd({ code: code.trim(), group, note: "" });
    setCode("");
  };
  return (
    <form class="inline-form" onSubmit={(event) => void add(event)}>
      <label class="field inline">
        <span>{words.code}</span>
        <TextInput
          class="short"
          required
          maxLength={60}
          placeholder="P01"
          title={words.codeHelp}
          value={code}
          onText={setCode}
          data-test="person-code"
        />
      </label>
      <label class="field inline">
        <span>{words.group}</span>
        <GroupChoice groups={study.groups} value={group} label={words.group} onChange={setGroup} />
      </label>
      <button type="submit" class="button small" data-test="add-person">
        <Icon name="plus" /> {words.addPerson}
      </button>
      <small>{words.codeHelp}</small>
    </form>
  );
}
