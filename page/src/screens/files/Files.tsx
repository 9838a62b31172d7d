/** Pictures and videos: dropped, read, looked at. */
import { useState } from "preact/hooks";
import { AgeGroupChoice } from "../../parts/AgeGroupChoice";
import { Icon } from "../../parts/Icon";
import { ModelChoice } from "../../parts/ModelChoice";
import { Empty } from "../../parts/Notice";
import { addFiles, dropAll, everyNth, items } from "../../state/files";
import { chosenSet, setName } from "../../state/reading";
import { serverState, settings } from "../../state/server";
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
        <ModelChoice set={setName()} onSet={(set) => (chosenSet.value = set)} />
        <label class="field inline">
          <span>{texts.files.every}</span>
          <select value={everyNth.value} onChange={(event) => (everyNth.value = Number(event.currentTarget.value))}>
            {Object.entries(texts.files.everyChoices).map(([value, label]) => (
              <option value={value}>{label}</option>
            ))}
          </select>
        </label>
        <AgeGroupChoice />
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

function Summary() {
  const all = items.value;
  const done = all.filter((one) => one.state === "done").length;
  const failed = all.filter((one) => one.state === "failed").length;
  return (
    <p class="files-sum">
      <span role="status">
        {texts.files.progress(done, all.length)}
        {failed > 0 && `, ${texts.files.failedCount(failed)}`}
      </span>
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
