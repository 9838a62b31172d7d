/** What a recording lacks, on the screen and in the session's note: nothing goes missing in silence. */
import { signal } from "@preact/signals";
import { addNote } from "../api/sessions";
import { lostFrames, UsualRate } from "../logic/capture";
import { clock } from "../logic/format";
import { texts } from "../texts";
import { post } from "./outbox";
import { say } from "./say";

export type Cause = "hidden" | "connection";

interface Stretch {
  from: number;
  came: number;
  perSecond: number;
  /** Was there sound, too? */
  heard: boolean;
}

export class Losses {
  /** Of this recording, in words. */
  readonly told = signal<string[]>([]);
  private session: string | number | null = null;
  private rate = new UsualRate();
  private count = 0;
  private readonly open = new Map<Cause, Stretch>();

  begin(session: string | number): void {
    this.session = session;
    this.told.value = [];
    this.open.clear();
  }

  /** A source begins. */
  reset(): void {
    this.rate = new UsualRate();
  }

  /** A frame was read; its time by the source's clock. */
  came(time: number): void {
    this.rate.add(time);
    this.count += 1;
  }

  /** Frames may be lost from this time of the session on. */
  from(cause: Cause, from: number, heard = false): void {
    if (this.session === null || this.open.has(cause)) return;
    this.open.set(cause, { from, came: this.count, perSecond: this.rate.perSecond, heard });
  }

  /** No more from now on. */
  to(cause: Cause, to: number): void {
    const stretch = this.open.get(cause);
    if (!stretch) return;
    this.open.delete(cause);
    // What was read between a connection and its recording isn't in that.
    const came = cause === "connection" ? 0 : this.count - stretch.came;
    const lost = lostFrames(stretch.perSecond, to - stretch.from, came);
    if (stretch.heard) this.tell(texts.voice.lost(clock(stretch.from, true), clock(to, true)));
    if (lost) this.tell(texts.live.lost[cause](clock(stretch.from, true), clock(to, true), lost));
  }

  end(to: number): void {
    for (const cause of [...this.open.keys()]) this.to(cause, to);
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
