/** On the browser's audio thread: a microphone's sound, mono, 16,000 samples a second, in blocks of a tenth of one. */
import { Resampler } from "../logic/resample";
import { BLOCK, RATE, type Heard } from "./soundBlocks";

declare const sampleRate: number;
declare const currentTime: number;
declare class AudioWorkletProcessor {
  readonly port: MessagePort;
}
declare function registerProcessor(name: string, made: new () => AudioWorkletProcessor): void;

class SoundProcessor extends AudioWorkletProcessor {
  private readonly resampler = new Resampler(sampleRate, RATE);
  private block = new Float32Array(BLOCK);
  private filled = 0;

  process([channels]: Float32Array[][]): boolean {
    const first = channels?.[0];
    if (!first) return true;
    const mono = channels.length === 1 ? first : first.map((_, n) => mean(channels, n));
    for (const sample of this.resampler.push(mono)) this.take(sample);
    return true;
  }

  private take(sample: number): void {
    this.block[this.filled] = sample;
    this.filled += 1;
    if (this.filled < BLOCK) return;
    const heard: Heard = { samples: this.block, endMs: currentTime * 1000 };
    this.port.postMessage(heard, [this.block.buffer]);
    this.block = new Float32Array(BLOCK);
    this.filled = 0;
  }
}

const mean = (channels: readonly Float32Array[], n: number) =>
  channels.reduce((sum, channel) => sum + (channel[n] ?? 0), 0) / channels.length;

registerProcessor("sound", SoundProcessor);
