/** Play, pause and the slider of a video, in step with its overlay. */
import { useEffect, useState } from "preact/hooks";
import { Icon } from "../../parts/Icon";
import type { Media } from "../../parts/media";
import { Scrubber } from "../../parts/Scrubber";
import { texts } from "../../texts";

interface Props {
  media: { current: Media | null };
  end: number;
  time: number;
  broken: boolean;
  onTime: (time: number) => void;
  onSeek: (time: number) => void;
}

/** Calls back with the time of each picture that is shown. */
function followVideo(video: HTMLVideoElement, onTime: (time: number) => void): () => void {
  let handle = 0;
  let gone = false;
  const each = typeof video.requestVideoFrameCallback === "function";
  const step = (_now?: number, shown?: VideoFrameCallbackMetadata) => {
    if (gone) return;
    onTime(shown?.mediaTime ?? video.currentTime);
    handle = each ? video.requestVideoFrameCallback(step) : requestAnimationFrame(() => step());
  };
  handle = each ? video.requestVideoFrameCallback(step) : requestAnimationFrame(() => step());
  return () => {
    gone = true;
    if (each) video.cancelVideoFrameCallback(handle);
    else cancelAnimationFrame(handle);
  };
}

export function Transport({ media, end, time, broken, onTime, onSeek }: Props) {
  const [playing, setPlaying] = useState(false);
  useEffect(() => {
    const video = media.current;
    if (!(video instanceof HTMLVideoElement)) return;
    const state = () => setPlaying(!video.paused);
    const events = ["play", "pause", "ended"];
    events.forEach((name) => video.addEventListener(name, state));
    const stop = followVideo(video, onTime);
    return () => {
      stop();
      events.forEach((name) => video.removeEventListener(name, state));
    };
  }, []);
  const toggle = () => {
    const video = media.current;
    if (!(video instanceof HTMLVideoElement)) return;
    if (video.paused) void video.play();
    else video.pause();
  };
  return (
    <div class="player">
      <button
        type="button"
        class="button"
        disabled={broken}
        aria-label={playing ? texts.files.pause : texts.files.play}
        onClick={toggle}
        data-test="play"
      >
        <Icon name={playing ? "pause" : "play"} filled={!playing} />
      </button>
      <Scrubber from={0} to={end} time={time} onSeek={onSeek} />
    </div>
  );
}
