/** A time of the session at which a person's face is at rest, against which the person is read from then on. */
import { useState } from "preact/hooks";
import { messageOf } from "../../api/http";
import { clearReference, setReference } from "../../api/sessions";
import type { Marker, Session } from "../../api/types";
import { clock } from "../../logic/format";
import { grouped, spansOf, wishOf, type Span } from "../../logic/neutral";
import { Icon } from "../../parts/Icon";
import { say } from "../../state/say";
import { settings } from "../../state/server";
import { texts } from "../../texts";

interface Props {
  session: Session;
  markers: readonly Marker[];
  time: number;
  people: readonly number[];
  person: number;
  onPerson: (id: number) => void;
  onChange: () => void;
}

const words = texts.sessions.neutral;

function when(start: number, end: number | null): string {
  const from = clock(start, true);
  return end === null || end === start ? from : `${from} \u2013 ${clock(end, true)}`;
}

const spanText = (span: Span) =>
  span.label === null ? words.moment(when(span.start, null)) : `${span.label}, ${when(span.start, span.end)}`;

export function NeutralBox({ session, markers, time, people, person, onPerson, onChange }: Props) {
  const [key, setKey] = useState("moment");
  const [everybody, setEverybody] = useState(false);
  const [busy, setBusy] = useState(false);
  if (!settings.value?.session_references) return null;
  const spans = spansOf(time, markers);
  const set = grouped(session.references ?? []);
  const span = spans.find((one) => one.key === key) ?? spans[0];
  const run = async (action: Promise<unknown>, done: string) => {
    setBusy(true);
    try {
      await action;
      say(done);
      onChange();
    } catch (error) {
      say(messageOf(error), "problem");
    }
    setBusy(false);
  };
  const use = () => run(setReference(session.id, wishOf(span, person, people, everybody)), words.done);
  const drop = (faces: readonly number[]) => {
    const wanted = set.length === 1 ? [null] : faces;
    return run(Promise.all(wanted.map((face) => clearReference(session.id, face))), words.removed);
  };
  return (
    <section class="panel" aria-label={words.title} data-test="neutral">
      <h2>{words.title}</h2>
      <p class="quiet">{words.help}</p>
      {set.length > 0 && (
        <ul class="neutrals">
          {set.map(({ reference, faces }) => (
            <li key={faces[0]} data-test="neutral-set">
              <Icon name="check" />
              <span>
                {words.set(faces.map(texts.live.person).join(", "), when(reference.start_s, reference.end_s))}{" "}
                <small>{texts.files.frames(reference.frames)}</small>
              </span>
              <button
                type="button"
                class="button small"
                disabled={busy}
                aria-label={words.removeOf(faces.map(texts.live.person).join(", "))}
                onClick={() => void drop(faces)}
              >
                {words.remove}
              </button>
            </li>
          ))}
        </ul>
      )}
      <div class="inline-form">
        {people.length > 1 && (
          <label class="field inline">
            <span>{words.person}</span>
            <select value={person} onChange={(event) => onPerson(Number(event.currentTarget.value))}>
              {people.map((id) => (
                <option key={id} value={id}>
                  {texts.live.person(id)}
                </option>
              ))}
            </select>
          </label>
        )}
        <label class="field inline">
          <span>{words.when}</span>
          <select value={span.key} onChange={(event) => setKey(event.currentTarget.value)} data-test="neutral-when">
            {spans.map((one) => (
              <option key={one.key} value={one.key}>
                {spanText(one)}
              </option>
            ))}
          </select>
        </label>
        {people.length > 1 && (
          <label class="check">
            <input type="checkbox" checked={everybody} onChange={(event) => setEverybody(event.currentTarget.checked)} />
            {words.everybody}
          </label>
        )}
        <button type="button" class="button small" disabled={busy} onClick={() => void use()} data-test="neutral-use">
          {words.use}
        </button>
      </div>
    </section>
  );
}
