/** Play, pause and the slider of a video, in step with its overlay, or of a recording. */
import { useEffect, useState } from "preact/hooks";
import { Icon } from "../../parts/Icon";
import { Scrubber } from "../../parts/Scrubber";
import { texts } from "../../texts";

interface Props {
  media: { current: HTMLElement | null };
  end: number;
  time: number;
  broken: boolean;
  onTime: (time: number) => void;
  onSeek: (time: number) => void;
}

/** Calls back with the time of each picture that is shown, or of the sound. */
function follow(player: HTMLMediaElement, onTime: (time: number) => void): () => void {
  let handle = 0;
  let gone = false;
  const video = player instanceof HTMLVideoElement && typeof player.requestVideoFrameCallback === "function" ? player : null;
  const step = (_now?: number, shown?: VideoFrameCallbackMetadata) => {
    if (gone) return;
    onTime(shown?.mediaTime ?? player.currentTime);
    handle = video ? video.requestVideoFrameCallback(step) : requestAnimationFrame(() => step());
  };
  handle = video ? video.requestVideoFrameCallback(step) : requestAnimationFrame(() => step());
  return () => {
    gone = true;
    if (video) video.cancelVideoFrameCallback(handle);
    else cancelAnimationFrame(handle);
  };
}

export function Transport({ media, end, time, broken, onTime, onSeek }: Props) {
  const [playing, setPlaying] = useState(false);
  useEffect(() => {
    const player = media.current;
    if (!(player instanceof HTMLMediaElement)) return;
    const state = () => setPlaying(!player.paused);
    const events = ["play", "pause", "ended"];
    events.forEach((name) => player.addEventListener(name, state));
    const stop = follow(player, onTime);
    return () => {
      stop();
      events.forEach((name) => player.removeEventListener(name, state));
    };
  }, []);
  const toggle = () => {
    const player = media.current;
    if (!(player instanceof HTMLMediaElement)) return;
    if (player.paused) void player.play();
    else player.pause();
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
