/** A study's runs: how each ended, and the switch that lets it into the averages. */
import { changeSession } from "../../api/sessions";
import type { Person, Session } from "../../api/types";
import { clock, moment } from "../../logic/format";
import { routeHash } from "../../logic/route";
import { StateTag } from "../../parts/StateTag";
import { Switch } from "../../parts/Tabs";
import { attempt } from "../../state/say";
import { texts } from "../../texts";

interface Props {
  people: readonly Person[];
  sessions: readonly Session[];
  onChange: () => void;
}

const words = texts.studies;

export function RunsTable({ people, sessions, onChange }: Props) {
  const heads = [words.person, words.group, words.runs.made, words.runs.length, words.runs.ended, words.runs.counts];
  const ordered = [...sessions].sort((one, other) => Number(one.id) - Number(other.id));
  return (
    <div class="table-wrap">
      <table class="table stacking" data-test="runs">
        <thead>
          <tr>
            {heads.map((head, column) => (
              <th key={head} scope="col" class={column === 3 ? "number" : ""}>
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {ordered.map((session) => (
            <Row
              key={session.id}
              session={session}
              person={people.find((one) => one.id === session.person_id)}
              onCounts={(counts) => void attempt(changeSession(session.id, { counts })).then(onChange)}
            />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Row(props: { session: Session; person: Person | undefined; onCounts: (counts: boolean) => void }) {
  const { session, person } = props;
  return (
    <tr>
      <td>
        <a class="row-link" href={routeHash("sessions", session.id)} title={session.name}>
          {person?.code ?? words.nobody}
        </a>
      </td>
      <td data-label={words.group}>{person?.group || "\u2013"}</td>
      <td data-label={words.runs.made}>{moment(session.created)}</td>
      <td data-label={words.runs.length} class="number">
        {clock(session.duration_s ?? 0, true)}
      </td>
      <td data-label={words.runs.ended}>
        <StateTag session={session} />
      </td>
      <td data-label={words.runs.counts}>
        <Switch
          label={person ? words.countsOf(person.code) : words.nobodyCounts}
          on={session.counts && person !== undefined}
          disabled={person === undefined || session.state === "recording"}
          onChange={props.onCounts}
        />
      </td>
    </tr>
  );
}
