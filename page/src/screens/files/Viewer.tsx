/** One file, whole: its picture or video with the overlay in step, the readings, the timeline. */
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { fileName } from "../../logic/format";
import { frameAt, people, writeFrames } from "../../logic/jsonl";
import { chosenFace } from "../../logic/readings";
import { routeHash } from "../../logic/route";
import { Timeline } from "../../logic/timeline";
import { saveBlob } from "../../parts/download";
import { FacePanel, PersonPicker } from "../../parts/FacePanel";
import { Icon } from "../../parts/Icon";
import { BackLink } from "../../parts/ItemHead";
import { drawnPicture, hiddenPicture, type Media } from "../../parts/media";
import { Empty } from "../../parts/Notice";
import { Stage } from "../../parts/Stage";
import { StripChoice } from "../../parts/StripChoice";
import { Switch } from "../../parts/Tabs";
import { useExplanation } from "../../parts/useExplanation";
import { keepFile, type FileItem } from "../../state/files";
import { attempt, say } from "../../state/say";
import { settings, thresholdsOf } from "../../state/server";
import { texts } from "../../texts";
import { Transport } from "./Transport";

const NOBODY: never[] = [];

export function Viewer({ item }: { item: FileItem }) {
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
  const end = item.frames[item.frames.length - 1]?.time_s ?? 0;

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
                muted
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
        <FileActions item={item} frame={frame} media={media} hidden={hidden} onHide={setHidden} />
        {moving && (
          <section class="panel" aria-label={texts.live.timeline}>
            <StripChoice
              track={timeline.tracks.get(person) ?? null}
              person={texts.live.person(person)}
              from={0}
              to={end}
              cursor={time}
              onSeek={seek}
            />
          </section>
        )}
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
      </aside>
    </div>
  );
}

interface ActionProps {
  item: FileItem;
  frame: FileItem["frames"][number] | null;
  media: { current: Media | null };
  hidden: boolean;
  onHide: (hidden: boolean) => void;
}

function FileActions({ item, frame, media, hidden, onHide }: ActionProps) {
  const keep = async () => {
    if (await attempt(keepFile(item))) say(texts.files.kept);
  };
  const savePicture = async () => {
    if (!media.current || !frame) return;
    const blob = await drawnPicture(media.current, frame, hidden);
    if (blob) saveBlob(blob, fileName(item.file.name, "mimik.png"));
  };
  const saveResults = () =>
    saveBlob(new Blob([writeFrames(item.frames)], { type: "application/x-ndjson" }), fileName(item.file.name, "jsonl"));
  const saveMadeBy = () =>
    saveBlob(
      new Blob([`${JSON.stringify(item.madeBy)}\n`], { type: "application/x-ndjson" }),
      fileName(item.file.name, "jsonl.run"),
    );
  return (
    <div class="controls">
      <Switch label={texts.live.hide} on={hidden} onChange={onHide} />
      <span class="spacer" />
      <button type="button" class="button small" onClick={saveResults}>
        <Icon name="down" /> {texts.files.saveJsonl}
      </button>
      {item.madeBy && (
        <button type="button" class="button small" onClick={saveMadeBy}>
          <Icon name="down" /> {texts.files.saveMadeBy}
        </button>
      )}
      <button type="button" class="button small" onClick={() => void savePicture()}>
        <Icon name="down" /> {texts.files.savePicture}
      </button>
      {settings.value?.keeps !== "nothing" &&
        (item.session === null ? (
          <button type="button" class="button small" onClick={() => void keep()} data-test="keep">
            <Icon name="sessions" /> {texts.files.keep}
          </button>
        ) : (
          <a class="button small" href={routeHash("sessions", item.session)}>
            <Icon name="check" /> {texts.live.openSession}
          </a>
        ))}
    </div>
  );
}
