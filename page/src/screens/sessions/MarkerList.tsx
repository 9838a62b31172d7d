/** A session's markers: go to one, name it, give it an end and a note, delete it, add one at the cursor. */
import { useState } from "preact/hooks";
import { addMarker, changeMarker, deleteMarker } from "../../api/sessions";
import type { Marker } from "../../api/types";
import { clock } from "../../logic/format";
import { Icon } from "../../parts/Icon";
import { TextInput } from "../../parts/TextInput";
import { attempt } from "../../state/say";
import { texts } from "../../texts";

interface Props {
  session: string | number;
  markers: readonly Marker[];
  time: number;
  onSeek: (time: number) => void;
  onChange: () => void;
}

export function MarkerList({ session, markers, time, onSeek, onChange }: Props) {
  const [label, setLabel] = useState("M");
  const words = texts.sessions;
  const add = (event: Event) => {
    event.preventDefault();
    const marker = { time_s: Number(time.toFixed(3)), end_s: null, label: label.trim() || "M", note: "" };
    void attempt(addMarker(session, marker)).then(onChange);
  };
  return (
    <section class="panel" aria-label={words.markers}>
      <h2>{words.markers}</h2>
      {markers.length === 0 && <p class="quiet">{words.noMarkers}</p>}
      {markers.length > 0 && (
        <ul class="markers">
          {markers.map((marker) => (
            <Row key={marker.id} session={session} marker={marker} onSeek={onSeek} onChange={onChange} time={time} />
          ))}
        </ul>
      )}
      <form class="inline-form" onSubmit={add}>
        <label class="field inline">
          <span>{words.markerLabel}</span>
          <TextInput class="short" maxLength={60} value={label} onText={setLabel} />
        </label>
        <button type="submit" class="button small" data-test="add-marker">
          <Icon name="plus" /> {words.addMarker(clock(time, true))}
        </button>
      </form>
    </section>
  );
}

function Row(props: { session: string | number; marker: Marker } & Omit<Props, "markers" | "session">) {
  const { session, marker, time, onSeek, onChange } = props;
  const words = texts.sessions;
  const change = (changes: Partial<Marker>) => void attempt(changeMarker(session, marker.id, changes)).then(onChange);
  const ends = marker.end_s === null ? "" : ` \u2013 ${clock(marker.end_s, true)}`;
  const span = clock(marker.time_s, true) + ends;
  const until = time > marker.time_s ? Number(time.toFixed(3)) : null;
  return (
    <li>
      <button
        type="button"
        class="plain marker-time"
        aria-label={words.goTo(span)}
        onClick={() => onSeek(marker.time_s)}
      >
        {span}
      </button>
      <TextInput
        class="short"
        maxLength={60}
        aria-label={words.markerLabel}
        defaultValue={marker.label}
        onSave={(to) => change({ label: to })}
      />
      <TextInput
        maxLength={1000}
        aria-label={words.markerNote(marker.label)}
        placeholder={texts.common.note}
        defaultValue={marker.note ?? ""}
        onSave={(note) => change({ note })}
      />
      <button
        type="button"
        class="button small"
        disabled={until === null}
        title={until === null ? words.markerTo : `${words.markerTo} ${clock(until, true)}`}
        onClick={() => change({ end_s: until })}
      >
        {words.markerTo} {until === null ? "\u2026" : clock(until, true)}
      </button>
      <button
        type="button"
        class="plain"
        aria-label={words.deleteMarker(marker.label)}
        onClick={() => void attempt(deleteMarker(session, marker.id)).then(onChange)}
      >
        <Icon name="trash" />
      </button>
    </li>
  );
}
