/** Markers of a recording, at the moment at which they were set; the server gets them as soon as it can. */
import { signal } from "@preact/signals";
import { addMarker } from "../api/sessions";
import type { Marker } from "../api/types";
import { post } from "./outbox";

export class Marks {
  readonly list = signal<Marker[]>([]);
  private count = 0;

  clear(): void {
    this.list.value = [];
  }

  /** `time` is the session's. */
  add(session: string | number, time: number, label: string): void {
    const made = { time_s: Number(time.toFixed(3)), end_s: null, label, note: "" };
    const id = `waiting-${(this.count += 1)}`;
    this.list.value = [...this.list.value, { ...made, id, waiting: true }];
    let sent: Marker | null = null;
    void post(async () => (sent = await addMarker(session, made))).then(() => {
      this.list.value = this.list.value.flatMap((marker) => (marker.id !== id ? [marker] : sent ? [sent] : []));
    });
  }
}
