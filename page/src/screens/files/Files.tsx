/** Pictures, videos and recordings: dropped, read, looked at. */
import { useState } from "preact/hooks";
import { resultsTable } from "../../api/sessions";
import { joinFiles } from "../../logic/jsonl";
import { AgeGroupChoice } from "../../parts/AgeGroupChoice";
import { Icon } from "../../parts/Icon";
import { saveBlob } from "../../parts/download";
import { ModelChoice } from "../../parts/ModelChoice";
import { NeutralShare } from "../../parts/NeutralShare";
import { Empty } from "../../parts/Notice";
import { Switch } from "../../parts/Tabs";
import { addFiles, dropAll, everyNth, hearVideos, items, keepFile, type FileItem } from "../../state/files";
import { chooseSet, setName } from "../../state/reading";
import { attempt, say } from "../../state/say";
import { canListen, serverState, settings } from "../../state/server";
import { texts } from "../../texts";
import { Card } from "./Card";
import { Viewer } from "./Viewer";

export function Files({ item }: { item: string | null }) {
  const open = items.value.find((one) => one.key === item);
  if (open) return <Viewer key={open.key} item={open} />;
  const all = items.value;
  return (
    <div class="files">
      <h1>{texts.titles.files}</h1>
      <DropZone />
      <div class="files-bar">
        <ModelChoice set={setName()} onSet={chooseSet} />
        <label class="field inline">
          <span>{texts.files.every}</span>
          <select value={everyNth.value} onChange={(event) => (everyNth.value = Number(event.currentTarget.value))}>
            {Object.entries(texts.files.everyChoices).map(([value, label]) => (
              <option value={value}>{label}</option>
            ))}
          </select>
        </label>
        <AgeGroupChoice />
        <NeutralShare />
        {canListen(setName()) && (
          <Switch label={texts.voice.inVideos} on={hearVideos.value} onChange={(on) => (hearVideos.value = on)} />
        )}
        {all.length > 0 && <Summary />}
      </div>
      {all.length === 0 ? (
        <Empty icon="files" title={texts.files.emptyTitle} text={texts.files.empty} />
      ) : (
        <ul class="gallery" aria-label={texts.files.gallery}>
          {all.map((one) => (
            <Card key={one.key} item={one} />
          ))}
        </ul>
      )}
    </div>
  );
}

const done = (item: FileItem) => item.state === "done";

/** What can be done with all that was read. */
function ForAll() {
  const [busy, setBusy] = useState(false);
  const all = items.value;
  const read = all.filter(done);
  const kept = read.filter((item) => item.session !== null);
  const voices = read.some((item) => item.spans.length > 0);
  const save = async (kind: "csv" | "voices" | "jsonl") => {
    const joined = joinFiles(read.map(({ file, frames, spans }) => ({ name: file.name, frames, spans })));
    const lines = new Blob([joined], { type: "application/x-ndjson" });
    if (kind === "jsonl") saveBlob(lines, "mimik-results.jsonl");
    else if (kind === "csv") saveBlob(await resultsTable(lines, "faces"), "mimik-results.csv");
    else saveBlob(await resultsTable(lines, "spans"), "mimik-results.spans.csv");
    if (all.length > read.length) say(texts.files.notInTable(all.length - read.length), "problem");
  };
  const keep = async () => {
    let count = 0;
    // One that the server refuses says why, and the others go on.
    for (const item of read) if (item.session === null && (await attempt(keepFile(item)))) count += 1;
    say(texts.files.keptAll(count));
  };
  const act = async (action: () => Promise<void>) => {
    setBusy(true);
    await attempt(action());
    setBusy(false);
  };
  if (read.length === 0) return null;
  return (
    <span class="controls">
      {(voices ? (["csv", "voices", "jsonl"] as const) : (["csv", "jsonl"] as const)).map((kind) => (
        <button
          key={kind}
          type="button"
          class="button small"
          disabled={busy}
          onClick={() => void act(() => save(kind))}
          data-test={`all-${kind}`}
        >
          <Icon name="down" /> {texts.files.all[kind]}
        </button>
      ))}
      {settings.value?.keeps !== "nothing" && (
        <button
          type="button"
          class="button small"
          disabled={busy || kept.length === read.length}
          onClick={() => void act(keep)}
          data-test="all-keep"
        >
          <Icon name="sessions" /> {texts.files.all.keep}
        </button>
      )}
    </span>
  );
}

function Summary() {
  const all = items.value;
  const failed = all.filter((one) => one.state === "failed").length;
  return (
    <p class="files-sum">
      <span role="status">
        {texts.files.progress(all.filter(done).length, all.length)}
        {failed > 0 && `, ${texts.files.failedCount(failed)}`}
      </span>
      <ForAll />
      <button type="button" class="button small" onClick={dropAll}>
        {texts.files.clear}
      </button>
    </p>
  );
}

function DropZone() {
  const [over, setOver] = useState(false);
  const take = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    if (event.dataTransfer) addFiles(event.dataTransfer.files);
  };
  const choose = (event: Event) => {
    const input = event.currentTarget as HTMLInputElement;
    if (input.files) addFiles(input.files);
    input.value = "";
  };
  return (
    <div
      class={over ? "drop over" : "drop"}
      onDragOver={(event) => (event.preventDefault(), setOver(true))}
      onDragLeave={() => setOver(false)}
      onDrop={take}
    >
      <Icon name="upload" />
      <p class="drop-words">
        <strong>{texts.files.drop}</strong> <span>{texts.files.or}</span>
      </p>
      <label class="button primary file-button">
        {texts.files.choose}
        <input type="file" multiple disabled={serverState.value !== "up"} onChange={choose} data-test="choose" />
      </label>
      <small>{texts.files.dropNote(settings.value?.limits.upload_mb ?? 0)}</small>
    </div>
  );
}
