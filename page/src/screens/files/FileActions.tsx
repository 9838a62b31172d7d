/** What can be done with a file's results. */
import { fileName } from "../../logic/format";
import { writeResults } from "../../logic/jsonl";
import { routeHash } from "../../logic/route";
import { saveBlob } from "../../parts/download";
import { Icon } from "../../parts/Icon";
import { drawnPicture, type Media } from "../../parts/media";
import { Switch } from "../../parts/Tabs";
import { keepFile, type FileItem } from "../../state/files";
import { attempt, say } from "../../state/say";
import { settings } from "../../state/server";
import { texts } from "../../texts";

interface ActionProps {
  item: FileItem;
  /** Of what can be looked at. */
  view?: View;
}

export interface View {
  frame: FileItem["frames"][number] | null;
  media: { current: Media | null };
  hidden: boolean;
  onHide: (hidden: boolean) => void;
}

export function FileActions({ item, view }: ActionProps) {
  const keep = async () => {
    if (await attempt(keepFile(item))) say(texts.files.kept);
  };
  const savePicture = async ({ media, frame, hidden }: View) => {
    if (!media.current || !frame) return;
    const blob = await drawnPicture(media.current, frame, hidden);
    if (blob) saveBlob(blob, fileName(item.file.name, "mimik.png"));
  };
  const saveResults = () =>
    saveBlob(new Blob([writeResults(item)], { type: "application/x-ndjson" }), fileName(item.file.name, "jsonl"));
  const saveMadeBy = () =>
    saveBlob(
      new Blob([`${JSON.stringify(item.madeBy)}\n`], { type: "application/x-ndjson" }),
      fileName(item.file.name, "jsonl.run"),
    );
  return (
    <div class="controls">
      {view && <Switch label={texts.live.hide} on={view.hidden} onChange={view.onHide} />}
      <span class="spacer" />
      <button type="button" class="button small" onClick={saveResults}>
        <Icon name="down" /> {texts.files.saveJsonl}
      </button>
      {item.madeBy && (
        <button type="button" class="button small" onClick={saveMadeBy}>
          <Icon name="down" /> {texts.files.saveMadeBy}
        </button>
      )}
      {view && (
        <button type="button" class="button small" onClick={() => void savePicture(view)}>
          <Icon name="down" /> {texts.files.savePicture}
        </button>
      )}
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
