/** What is looked at, and the button that starts it. */
import type { Ref } from "preact";
import { useEffect, useState } from "preact/hooks";
import { listCameras, type Device } from "../../api/camera";
import { Icon } from "../../parts/Icon";
import { serverState, settings } from "../../state/server";
import { texts } from "../../texts";

export type SourceChoice = { kind: "camera"; device: string } | { kind: "server"; index: number };

interface Props {
  source: SourceChoice;
  onSource: (source: SourceChoice) => void;
  onStart: () => void;
  button: Ref<HTMLButtonElement>;
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

function parse(value: string): SourceChoice {
  const [kind, rest = ""] = [value.slice(0, 1), value.slice(2)];
  return kind === "s" ? { kind: "server", index: Number(rest) } : { kind: "camera", device: rest };
}

/** On the stage: a source, where there are several, and the button that starts it. */
export function SourceBar({ source, onSource, onStart, button }: Props) {
  const cameras = useCameras(false).filter((camera) => camera.id);
  const atServer = settings.value?.sources ?? [];
  const value = source.kind === "server" ? `s:${source.index}` : `c:${source.device}`;
  return (
    <div class="source-bar">
      {(cameras.length > 1 || atServer.length > 0) && (
        <select
          aria-label={texts.live.source}
          value={value}
          onChange={(event) => onSource(parse(event.currentTarget.value))}
          data-test="source"
        >
          <option value="c:">{texts.live.thisCamera}</option>
          {cameras.length > 1 && cameras.map((camera) => <option value={`c:${camera.id}`}>{camera.name}</option>)}
          {atServer.map((at) => (
            <option value={`s:${at.index}`}>{texts.live.atServer(at.name)}</option>
          ))}
        </select>
      )}
      <button
        ref={button}
        type="button"
        class="button primary start"
        disabled={serverState.value !== "up"}
        onClick={onStart}
        data-test="start"
      >
        <Icon name="play" filled /> {texts.live.start}
      </button>
    </div>
  );
}
