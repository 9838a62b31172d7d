/** The times of a session that can be taken for a person's face at rest. */
import type { Marker, Reference } from "../api/types";

export interface Span {
  key: string;
  /** Of the marker; null is the moment at the cursor. */
  label: string | null;
  start: number;
  /** Null for a moment. */
  end: number | null;
}

/** What the server is asked for. */
export interface Wish {
  face: number;
  start_s: number;
  end_s: number | null;
  also: number[];
}

/** The moment at the cursor, then every marked interval. */
export function spansOf(time: number, markers: readonly Marker[]): [Span, ...Span[]] {
  const marked = markers.flatMap((marker) =>
    marker.end_s === null
      ? []
      : [{ key: String(marker.id), label: marker.label, start: marker.time_s, end: marker.end_s }],
  );
  return [{ key: "moment", label: null, start: Number(time.toFixed(3)), end: null }, ...marked];
}

/** A person's reference from a span; the same person's under all other numbers, too, if everybody is this one. */
export function wishOf(span: Span, person: number, people: readonly number[], everybody: boolean): Wish {
  const also = everybody ? people.filter((id) => id !== person) : [];
  return { face: person, start_s: span.start, end_s: span.end, also };
}

/** References that hold the same time, as one, with the persons that they are for. */
export function grouped(references: readonly Reference[]): { reference: Reference; faces: number[] }[] {
  const groups = new Map<string, { reference: Reference; faces: number[] }>();
  for (const reference of references) {
    const key = `${reference.start_s} ${reference.end_s} ${reference.frames}`;
    const group = groups.get(key);
    if (group) group.faces.push(reference.face);
    else groups.set(key, { reference, faces: [reference.face] });
  }
  return [...groups.values()];
}
