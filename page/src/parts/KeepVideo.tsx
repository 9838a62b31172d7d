/** Before a recording the switch for its video, while it runs the note that it is kept, and what went wrong. */
import type { LiveRun } from "../state/liveRun";
import { form } from "../state/videoKeeper";
import { texts } from "../texts";
import { Problem } from "./Notice";
import { Switch } from "./Tabs";

/** Whoever is filmed sees this wherever they look: also over what fills the screen. */
export function VideoKept({ run }: { run: LiveRun }) {
  if (!run.video.keeping.value) return null;
  return (
    <p class="video-kept" role="status" data-test="video-kept">
      <span class="record-dot live" aria-hidden="true" /> {texts.video.kept}
    </p>
  );
}

/** What becomes of the video, beside its recording. */
export function VideoState({ run }: { run: LiveRun }) {
  const problem = run.video.problem.value;
  return (
    <>
      <VideoKept run={run} />
      {problem && <Problem text={problem} />}
    </>
  );
}

export function KeepVideo({ run }: { run: LiveRun }) {
  const { wanted, keeping, file } = run.video;
  const words = texts.video;
  if (!form) return null;
  return (
    <div class="keep-video">
      {!keeping.value && !run.recording.value && (
        <Switch label={words.keep} on={wanted.value} onChange={(on) => void run.video.want(on)} />
      )}
      {wanted.value && (
        <small>
          {run.hide.value ? words.hidden : words.clear} {file.value ? words.into(file.value) : words.download}
        </small>
      )}
    </div>
  );
}
