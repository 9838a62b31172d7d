/** The browser's microphone: its sound in blocks, by the page's clock, and what becomes of it. */
import { CaptureClock } from "../logic/capture";
import { texts } from "../texts";
import { BLOCK, RATE, type Heard } from "./soundBlocks";
import worklet from "./soundWorklet?worker&url";

export class MicrophoneError extends Error {}

export interface MicrophoneEvents {
  /** `atMs` is when the first sample was taken, ms by the page's clock (performance.now()). */
  sound(samples: Float32Array, atMs: number): void;
  /** There will be no more. */
  ended(): void;
}

/** As it is: what browsers do for calls takes away what a voice is read by. */
const WISH: MediaTrackConstraints = {
  channelCount: { ideal: 1 },
  echoCancellation: false,
  noiseSuppression: false,
  autoGainControl: false,
};
const BLOCK_MS = (1000 * BLOCK) / RATE;

function wordsOf(error: unknown): string {
  const name = error instanceof DOMException ? error.name : "";
  if (name === "NotAllowedError" || name === "SecurityError") return texts.voice.denied;
  if (name === "NotFoundError" || name === "OverconstrainedError") return texts.voice.noMicrophone;
  return texts.voice.busy;
}

export class Microphone {
  private stream: MediaStream | null = null;
  private context: AudioContext | null = null;
  /** Grows when it is closed: what was being opened is unwanted then. */
  private turn = 0;

  constructor(private readonly events: MicrophoneEvents) {}

  /** Whether it is open; not if it was closed meanwhile. */
  async open(): Promise<boolean> {
    this.close();
    const { turn } = this;
    if (!navigator.mediaDevices?.getUserMedia || typeof AudioWorkletNode === "undefined") {
      throw new MicrophoneError(texts.voice.insecure);
    }
    try {
      const stream = await navigator.mediaDevices.getUserMedia({ audio: WISH, video: false });
      if (turn !== this.turn) return stop(stream);
      this.stream = stream;
      await this.follow(stream);
      return turn === this.turn;
    } catch (error) {
      if (turn !== this.turn) return false;
      this.close();
      throw new MicrophoneError(wordsOf(error));
    }
  }

  close(): void {
    this.turn += 1;
    if (this.stream) stop(this.stream);
    void this.context?.close().catch(() => undefined);
    this.stream = this.context = null;
  }

  private async follow(stream: MediaStream): Promise<void> {
    // A microphone that was closed here tells nothing: its track is stopped, which is no event.
    stream.getAudioTracks()[0]?.addEventListener("ended", () => this.events.ended());
    const [context, source] = sourceOf(stream);
    this.context = context;
    await context.audioWorklet.addModule(worklet);
    const node = new AudioWorkletNode(context, "sound", { numberOfInputs: 1, numberOfOutputs: 0 });
    const clock = new CaptureClock();
    node.port.onmessage = ({ data }: MessageEvent<Heard>) => {
      if (this.context !== context) return;
      this.events.sound(data.samples, clock.at(data.endMs, performance.now()) - BLOCK_MS);
    };
    source.connect(node);
    await context.resume();
  }
}

function stop(stream: MediaStream): false {
  stream.getTracks().forEach((track) => track.stop());
  return false;
}

/** The browser resamples; where it refuses to (Firefox), the audio thread does. */
function sourceOf(stream: MediaStream): [AudioContext, MediaStreamAudioSourceNode] {
  const context = new AudioContext({ sampleRate: RATE });
  try {
    return [context, context.createMediaStreamSource(stream)];
  } catch {
    void context.close();
    const own = new AudioContext();
    return [own, own.createMediaStreamSource(stream)];
  }
}
