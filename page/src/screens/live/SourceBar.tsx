/** What is looked at, with which models, and the switch that starts it. */
import { useEffect, useState } from "preact/hooks";
import { listCameras, type Device } from "../../api/camera";
import { Icon } from "../../parts/Icon";
import { Tabs } from "../../parts/Tabs";
import type { LiveRun } from "../../state/liveRun";
import { models, serverState, settings } from "../../state/server";
import { texts } from "../../texts";

export type SourceChoice = { kind: "camera"; device: string } | { kind: "server"; index: number };

interface Props {
  run: LiveRun;
  source: SourceChoice;
  onSource: (source: SourceChoice) => void;
  set: string;
  onSet: (set: string) => void;
  onStart: () => void;
}

export function useCameras(running: boolean): Device[] {
  const [devices, setDevices] = useState<Device[]>([]);
  useEffect(() => {
    const read = () => void listCameras().then(setDevices);
    read();
    navigator.mediaDevices?.addEventListener?.("devicechange", read);
    return () => navigator.mediaDevices?.removeEventListener?.("devicechange", read);
    // Names of cameras are known only once one of them may be used.
  }, [running]);
  return devices;
}

/** The sets of models that the server offers, where there are several. */
export function ModelChoice({ set, onSet }: { set: string; onSet: (set: string) => void }) {
  const names = Object.keys(models.value?.sets ?? {}).sort();
  if (names.length < 2) return null;
  const choices = names.map((value) => {
    const [label = value, note] = (texts.live.modelSets[value] ?? value).split(", ");
    return { value, label, ...(note ? { note } : {}) };
  });
  return <Tabs label={texts.live.models} value={set} choices={choices} onChange={onSet} />;
}

function parse(value: string): SourceChoice {
  const [kind, rest = ""] = [value.slice(0, 1), value.slice(2)];
  return kind === "s" ? { kind: "server", index: Number(rest) } : { kind: "camera", device: rest };
}

export function SourceBar({ run, source, onSource, set, onSet, onStart }: Props) {
  const running = run.running || run.opening.value;
  const cameras = useCameras(running);
  const value = source.kind === "server" ? `s:${source.index}` : `c:${source.device}`;
  return (
    <div class="source-bar">
      <label class="field">
        <span class="hidden-text">{texts.live.source}</span>
        <select value={value} disabled={running} onChange={(event) => onSource(parse(event.currentTarget.value))}>
          <option value="c:">{texts.live.thisCamera}</option>
          {cameras.length > 1 &&
            cameras.filter((camera) => camera.id).map((camera) => <option value={`c:${camera.id}`}>{camera.name}</option>)}
          {(settings.value?.sources ?? []).map((at) => (
            <option value={`s:${at.index}`}>{texts.live.atServer(at.name)}</option>
          ))}
        </select>
      </label>
      <ModelChoice set={set} onSet={onSet} />
      {running ? (
        <button type="button" class="button start" onClick={() => run.stop()} data-test="stop">
          <Icon name="stop" filled /> {texts.live.stop}
        </button>
      ) : (
        <button
          type="button"
          class="button primary start"
          disabled={serverState.value !== "up"}
          onClick={onStart}
          data-test="start"
        >
          <Icon name="play" filled /> {texts.live.start}
        </button>
      )}
    </div>
  );
}
