/** What a recording lacks, on the screen and in the session's note: nothing goes missing in silence. */
import { signal } from "@preact/signals";
import { addNote } from "../api/sessions";
import { lostFrames } from "../logic/capture";
import { clock } from "../logic/format";
import { texts } from "../texts";
import { post } from "./outbox";
import { say } from "./say";

export type Cause = "hidden" | "connection";

interface Stretch {
  from: number;
  came: number;
  perSecond: number;
}

export class Losses {
  /** Of this recording, in words. */
  readonly told = signal<string[]>([]);
  private session: string | number | null = null;
  private readonly open = new Map<Cause, Stretch>();

  begin(session: string | number): void {
    this.session = session;
    this.told.value = [];
    this.open.clear();
  }

  /** Frames may be lost from now on: the session's time, how many came until now, and how many a second. */
  from(cause: Cause, from: number, came: number, perSecond: number): void {
    if (this.session !== null && !this.open.has(cause)) this.open.set(cause, { from, came, perSecond });
  }

  /** No more from now on. */
  to(cause: Cause, to: number, came: number): void {
    const stretch = this.open.get(cause);
    if (!stretch) return;
    this.open.delete(cause);
    const lost = lostFrames(stretch.perSecond, to - stretch.from, came - stretch.came);
    if (lost) this.tell(texts.live.lost[cause](clock(stretch.from, true), clock(to, true), lost));
  }

  end(to: number, came: number): void {
    for (const cause of [...this.open.keys()]) this.to(cause, to, came);
    this.session = null;
  }

  /** A line for whoever reads the session later. */
  tell(line: string): void {
    const { session } = this;
    if (session === null) return;
    this.told.value = [...this.told.value, line];
    say(line, "problem");
    void post(() => addNote(session, line));
  }
}
