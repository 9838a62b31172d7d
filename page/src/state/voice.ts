/** The voice of a live run: off until asked for; a microphone of the browser, or what the server hears itself. */
import { batch, signal } from "@preact/signals";
import { messageOf } from "../api/http";
import { Microphone } from "../api/microphone";
import type { SpanResult } from "../api/results";
import type { Hearing } from "../api/types";
import { levelOf, type Level } from "../logic/level";
import { texts } from "../texts";

/** So long nothing but zeros: it is muted. */
const DEAD_BLOCKS = 30;
/** Utterances that the timeline may still show. */
const KEEP_S = 600;

export interface VoiceEvents {
  sound(samples: Float32Array, atMs: number): void;
  /** The microphone is gone, though nobody closed it. */
  gone(): void;
}

export class Voice {
  /** Whether it is listened to. */
  readonly on = signal(false);
  readonly opening = signal(false);
  readonly problem = signal<string | null>(null);
  readonly level = signal<Level | null>(null);
  /** Gives the microphone nothing but zeros? */
  readonly dead = signal(false);
  readonly hearing = signal<Hearing | null>(null);
  /** Of the last minutes, by start. */
  readonly spans = signal<readonly SpanResult[]>([]);
  /** Since when an utterance has been under way. */
  readonly since = signal<number | null>(null);
  /** Where the sound ends that was heard, by the clock of the frames. */
  readonly time = signal(0);
  private readonly microphone: Microphone;
  private deadBlocks = 0;

  constructor(private readonly events: VoiceEvents) {
    this.microphone = new Microphone({
      sound: (samples, atMs) => this.take(samples, atMs),
      ended: () => this.lose(),
    });
  }

  /** Listens; by the browser's microphone, unless the server hears its own source. Whether it does. */
  async open(atServer: boolean): Promise<boolean> {
    batch(() => {
      this.problem.value = null;
      this.opening.value = !atServer;
    });
    try {
      this.on.value = atServer || (await this.microphone.open());
    } catch (error) {
      this.problem.value = messageOf(error);
    }
    this.opening.value = false;
    return this.on.value;
  }

  close(): void {
    this.microphone.close();
    this.deadBlocks = 0;
    batch(() => {
      this.on.value = this.dead.value = false;
      this.level.value = this.hearing.value = this.since.value = null;
    });
  }

  /** Another source begins: what was said is of the old one. */
  clear(): void {
    this.close();
    this.problem.value = null;
    this.spans.value = [];
    this.time.value = 0;
  }

  hear(hearing: Hearing): void {
    batch(() => {
      this.time.value = hearing.time_s ?? this.time.value;
      this.hearing.value = this.on.value ? hearing : null;
      this.since.value = hearing.speaking ? (this.since.value ?? this.time.value) : null;
    });
  }

  add(span: SpanResult): void {
    this.spans.value = [...this.spans.value.filter((one) => one.end_s > span.end_s - KEEP_S), span];
  }

  private take(samples: Float32Array, atMs: number): void {
    const level = levelOf(samples);
    this.deadBlocks = level.dead ? this.deadBlocks + 1 : 0;
    batch(() => {
      this.level.value = level;
      this.dead.value = this.deadBlocks >= DEAD_BLOCKS;
    });
    this.events.sound(samples, atMs);
  }

  private lose(): void {
    this.close();
    this.problem.value = texts.voice.gone;
    this.events.gone();
  }
}
