/** A file in the gallery: its picture with what was found, its progress, or why it failed. */
import { withoutName } from "../../logic/format";
import { people } from "../../logic/jsonl";
import { chosenFace } from "../../logic/readings";
import { routeHash } from "../../logic/route";
import { headline, headOf, spanWords } from "../../logic/words";
import { Icon } from "../../parts/Icon";
import { Stage } from "../../parts/Stage";
import { cancel, drop, retry, type FileItem } from "../../state/files";
import { texts } from "../../texts";
import { useState } from "preact/hooks";

const NOBODY: never[] = [];
const ICONS = { picture: "files", video: "live", sound: "sound" } as const;

function summary(item: FileItem): string {
  const words = texts.files;
  const [span] = item.spans;
  if (item.kind === "sound") {
    if (!span) return texts.voice.nobody;
    return item.spans.length === 1 ? spanWords(span) : texts.voice.count(item.spans.length);
  }
  if (item.kind === "video" && item.frames.length > 1) {
    const count = people(item.frames).length;
    const seen = count ? `${words.people(count)}, ${words.frames(item.frames.length)}` : words.noFaces;
    return span ? `${seen}, ${texts.voice.count(item.spans.length)}` : seen;
  }
  const faces = item.frames[0]?.faces ?? [];
  const face = chosenFace(faces, null);
  const first = faces.length === 1 && face ? headOf(face) : null;
  if (first) return headline(first);
  return faces.length ? words.faces(faces.length) : words.noFaces;
}

function Thumb({ item }: { item: FileItem }) {
  const [broken, setBroken] = useState(false);
  const frame = item.frames[0];
  if (broken || item.kind === "sound") {
    return (
      <div class="thumb none">
        <Icon name={ICONS[item.kind]} />
      </div>
    );
  }
  return (
    <div class="thumb">
      <Stage
        label={`${item.file.name}: ${item.state === "done" ? summary(item) : texts.files.states[item.state]}`}
        width={frame?.width ?? 0}
        height={frame?.height ?? 0}
        faces={item.kind === "picture" ? (frame?.faces ?? NOBODY) : NOBODY}
        chosen={null}
      >
        {item.kind === "video" ? (
          <video src={item.url} muted preload="metadata" tabIndex={-1} aria-hidden="true" onError={() => setBroken(true)} />
        ) : (
          <img src={item.url} alt="" onError={() => setBroken(true)} />
        )}
      </Stage>
    </div>
  );
}

export function Card({ item }: { item: FileItem }) {
  const busy = item.state === "uploading" || item.state === "running" || item.state === "waiting";
  const name = item.file.name;
  return (
    <li class={`card ${item.state}`} data-test="card" data-state={item.state}>
      {item.state === "done" ? (
        <a class="card-open" href={routeHash("files", item.key)} aria-label={texts.files.open(name)}>
          <Thumb item={item} />
        </a>
      ) : (
        <Thumb item={item} />
      )}
      <div class="card-words">
        <p class="card-name" title={name}>
          {name}
        </p>
        {busy && (
          <>
            <progress max={1} value={item.progress} aria-label={`${name}: ${texts.files.states[item.state]}`} />
            <p class="card-state">{texts.files.states[item.state]}</p>
          </>
        )}
        {item.state === "done" && <p class="card-state">{summary(item)}</p>}
        {item.state === "cancelled" && <p class="card-state">{texts.files.states.cancelled}</p>}
        {item.state === "failed" && (
          <p class="card-error" role="alert" data-test="card-error">
            <Icon name="warn" /> <span>{withoutName(item.error ?? "", name)}</span>
          </p>
        )}
      </div>
      <div class="card-buttons">
        {(item.state === "failed" || item.state === "cancelled") && (
          <button type="button" class="plain" title={texts.files.retry} onClick={() => retry(item.key)}>
            <Icon name="again" />
            <span class="hidden-text">{`${texts.files.retry}: ${name}`}</span>
          </button>
        )}
        {busy ? (
          <button type="button" class="plain" title={texts.common.cancel} onClick={() => cancel(item.key)}>
            <Icon name="close" />
            <span class="hidden-text">{texts.files.cancel(name)}</span>
          </button>
        ) : (
          <button type="button" class="plain" onClick={() => drop(item.key)}>
            <Icon name="trash" />
            <span class="hidden-text">{texts.files.remove(name)}</span>
          </button>
        )}
      </div>
    </li>
  );
}
