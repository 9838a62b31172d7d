/** A recording: what was said in it, with its sound. */
import { useRef, useState } from "preact/hooks";
import { spanAt } from "../../logic/voice";
import { sentence } from "../../logic/words";
import { BackLink } from "../../parts/ItemHead";
import { SpanLane } from "../../parts/SpanLane";
import { SpanPanel, Utterances } from "../../parts/SpanPanel";
import { Empty } from "../../parts/Notice";
import type { FileItem } from "../../state/files";
import { texts } from "../../texts";
import { FileActions } from "./FileActions";
import { Transport } from "./Transport";

/** What there is to know of a file beside its results. */
export function Notes({ item }: { item: FileItem }) {
  return (
    <>
      {item.notes.map((note) => (
        <p key={note} class="caution" data-test="file-note">
          {sentence(note)}
        </p>
      ))}
    </>
  );
}

export function SoundViewer({ item }: { item: FileItem }) {
  const { spans } = item;
  const sound = useRef<HTMLAudioElement>(null);
  const [time, setTime] = useState(0);
  const [length, setLength] = useState(spans[spans.length - 1]?.end_s ?? 0);
  const [broken, setBroken] = useState(false);
  const seek = (to: number) => {
    setTime(to);
    if (sound.current) sound.current.currentTime = to;
  };
  const at = spanAt(spans, time);
  return (
    <div class="viewer">
      <div class="viewer-head">
        <BackLink list="files" label={texts.files.list} />
        <h1>{item.file.name}</h1>
      </div>
      <div class="live-left">
        <section class="panel recording-panel" aria-label={texts.voice.lane}>
          <audio
            ref={sound}
            src={item.url}
            preload="metadata"
            onLoadedMetadata={(event) => setLength(Math.max(length, finite(event.currentTarget.duration)))}
            onError={() => setBroken(true)}
          />
          {broken && <p class="quiet">{texts.files.noPlayer}</p>}
          <Transport media={sound} end={length} time={time} broken={broken} onTime={setTime} onSeek={seek} />
          {spans.length > 0 && <SpanLane spans={spans} from={0} to={length} cursor={time} onSeek={seek} axis />}
        </section>
        <Notes item={item} />
        <FileActions item={item} />
        {spans.length > 0 && <Utterances spans={spans} at={at} onSeek={seek} />}
      </div>
      <aside class="live-right" aria-label={texts.voice.title}>
        {spans.length > 0 ? (
          <SpanPanel span={spans[at] ?? null} />
        ) : (
          <div class="panel">
            <Empty icon="sound" title={texts.voice.nobody} />
          </div>
        )}
      </aside>
    </div>
  );
}

/** Some recordings don't know their length. */
const finite = (seconds: number) => (Number.isFinite(seconds) ? seconds : 0);
