/** One file, whole: its picture or video with the overlay in step, the readings, the timeline. */
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { frameAt, people } from "../../logic/jsonl";
import { chosenFace } from "../../logic/readings";
import { Timeline } from "../../logic/timeline";
import { spanAt } from "../../logic/voice";
import { FacePanel, PersonPicker } from "../../parts/FacePanel";
import { BackLink } from "../../parts/ItemHead";
import { hiddenPicture, type Media } from "../../parts/media";
import { Empty } from "../../parts/Notice";
import { Stage } from "../../parts/Stage";
import { SpanLane } from "../../parts/SpanLane";
import { SpanPanel, Utterances } from "../../parts/SpanPanel";
import { StripChoice } from "../../parts/StripChoice";
import { useExplanation } from "../../parts/useExplanation";
import type { FileItem } from "../../state/files";
import { settings, thresholdsOf } from "../../state/server";
import { texts } from "../../texts";
import { FileActions } from "./FileActions";
import { Notes, SoundViewer } from "./SoundViewer";
import { Transport } from "./Transport";

const NOBODY: never[] = [];

export function Viewer({ item }: { item: FileItem }) {
  return item.kind === "sound" ? <SoundViewer item={item} /> : <PictureViewer item={item} />;
}

function PictureViewer({ item }: { item: FileItem }) {
  const media = useRef<Media>(null);
  const [time, setTime] = useState(0);
  const [chosen, setChosen] = useState<number | null>(null);
  const [hidden, setHidden] = useState(settings.value?.blur_default ?? false);
  const [picture, setPicture] = useState<HTMLCanvasElement | null>(null);
  const [broken, setBroken] = useState(false);
  const [loaded, setLoaded] = useState(0);
  const moving = item.kind === "video" && item.frames.length > 1;
  const frame = item.frames[Math.max(0, frameAt(item.frames, time))] ?? null;
  const faces = frame?.faces ?? NOBODY;
  const face = chosenFace(faces, chosen);
  const explanation = useExplanation(face);
  const timeline = useMemo(() => Timeline.of(item.frames), [item.frames]);
  const everybody = useMemo(() => people(item.frames).map((person) => person.id), [item.frames]);
  const ids = moving ? everybody : faces.flatMap((one) => (one.id === null ? [] : [one.id]));
  const person = chosen ?? face?.id ?? everybody[0] ?? 0;
  const { spans } = item;
  const at = spanAt(spans, time);
  const end = Math.max(item.frames[item.frames.length - 1]?.time_s ?? 0, spans[spans.length - 1]?.end_s ?? 0);

  useEffect(() => {
    const shown = hidden && media.current && frame ? hiddenPicture(media.current, frame, 1600) : null;
    setPicture(shown);
  }, [hidden, frame, loaded]);

  const seek = (to: number) => {
    setTime(to);
    if (media.current instanceof HTMLVideoElement) media.current.currentTime = to;
  };

  return (
    <div class="viewer">
      <div class="viewer-head">
        <BackLink list="files" label={texts.files.list} />
        <h1>{item.file.name}</h1>
      </div>
      <div class="live-left">
        <div class="viewfinder">
          <Stage
            label={`${item.file.name}: ${texts.files.faces(faces.length)}`}
            width={frame?.width ?? 0}
            height={frame?.height ?? 0}
            faces={faces}
            chosen={face?.id ?? null}
            fits
            picture={picture}
            onChoose={setChosen}
            above={broken && <div class="stage-note">{texts.files.noPreview}</div>}
          >
            {item.kind === "video" ? (
              <video
                ref={media as { current: HTMLVideoElement | null }}
                src={item.url}
                // With voices it is heard.
                muted={spans.length === 0}
                playsInline
                preload="auto"
                aria-hidden="true"
                tabIndex={-1}
                onLoadedData={() => setLoaded((count) => count + 1)}
                onError={() => setBroken(true)}
              />
            ) : (
              <img
                ref={media as { current: HTMLImageElement | null }}
                src={item.url}
                alt=""
                onLoad={() => setLoaded((count) => count + 1)}
                onError={() => setBroken(true)}
              />
            )}
          </Stage>
        </div>
        {moving && <Transport media={media} end={end} time={time} onTime={setTime} onSeek={seek} broken={broken} />}
        <Notes item={item} />
        <FileActions item={item} view={{ frame, media, hidden, onHide: setHidden }} />
        {moving && (
          <section class="panel" aria-label={texts.live.timeline}>
            <StripChoice
              track={timeline.tracks.get(person) ?? null}
              person={texts.live.person(person)}
              from={0}
              to={end}
              cursor={time}
              onSeek={seek}
              below={spans.length > 0 && <SpanLane spans={spans} from={0} to={end} cursor={time} onSeek={seek} />}
            />
          </section>
        )}
        {spans.length > 0 && <Utterances spans={spans} at={at} onSeek={seek} />}
      </div>
      <aside class="live-right" aria-label={texts.reading.emotion}>
        {face ? (
          <FacePanel
            face={face}
            explanation={explanation}
            thresholds={thresholdsOf(item.madeBy?.models?.["au"]?.name)}
            picker={<PersonPicker ids={ids} chosen={chosen ?? face.id} onChoose={setChosen} />}
          />
        ) : (
          <div class="panel">
            <PersonPicker ids={ids} chosen={chosen} onChoose={setChosen} />
            <Empty icon="files" title={texts.files.noFaces} />
          </div>
        )}
        {spans.length > 0 && <SpanPanel span={spans[at] ?? null} />}
      </aside>
    </div>
  );
}
