/** What is set now and then: models and tasks, how the picture is shown, what is recorded; and a person's neutral. */
import { AgeGroupChoice } from "../../parts/AgeGroupChoice";
import { Icon } from "../../parts/Icon";
import { KeepVideo } from "../../parts/KeepVideo";
import { ModelChoice } from "../../parts/ModelChoice";
import { NeutralShare } from "../../parts/NeutralShare";
import { Switch } from "../../parts/Tabs";
import { TaskSwitches } from "../../parts/TaskSwitches";
import type { LiveRun } from "../../state/liveRun";
import { chooseSet, setName, smoothing, tasksWanted } from "../../state/reading";
import { settings } from "../../state/server";
import { texts } from "../../texts";

const NEUTRAL_S = 3;

interface Props {
  run: LiveRun;
  mirrored: boolean;
  canMirror: boolean;
  onMirror: (mirrored: boolean) => void;
  /** Whether what is read knows a face at rest. */
  canRest: boolean;
  keys: boolean;
  onKeys: (on: boolean) => void;
}

export function LiveControls({ run, mirrored, canMirror, onMirror, keys, onKeys, canRest }: Props) {
  const set = setName();
  const choose = (next: string) => {
    chooseSet(next);
    run.readOtherwise();
  };
  const smooth = (strength: number) => {
    smoothing.value = strength;
    run.readOtherwise();
  };
  return (
    <div class="settings">
      <Switch label={texts.live.hide} on={run.hide.value} onChange={(on) => run.setHide(on)} />
      {run.hide.value && <small>{texts.live.hideNote}</small>}
      {canRest && settings.value?.references && <Neutral run={run} />}
      {canMirror && <Switch label={texts.live.mirror} on={mirrored} onChange={onMirror} />}
      <ModelChoice set={set} onSet={choose} onModel={() => run.readOtherwise()} />
      <TaskSwitches set={set} onChange={() => run.readOtherwise()} />
      {tasksWanted(set).includes("age") && <AgeGroupChoice onSet={() => run.readOtherwise()} />}
      {tasksWanted(set).includes("emotion") && <NeutralShare onSet={() => run.readOtherwise()} />}
      <label class="field inline">
        <span>{texts.live.smoothing}</span>
        <select
          value={smoothing.value}
          onChange={(event) => smooth(Number(event.currentTarget.value))}
          data-test="smoothing"
        >
          {STRENGTHS.map((strength) => (
            <option key={strength} value={strength}>
              {texts.live.smoothings[strength]}
            </option>
          ))}
        </select>
      </label>
      {settings.value?.keeps !== "nothing" && (
        <>
          {canMirror && <KeepVideo run={run} />}
          <div class="keys">
            <Switch label={texts.live.markerKeys} on={keys} onChange={onKeys} />
            <small>{texts.live.markerHint}</small>
          </div>
        </>
      )}
    </div>
  );
}

const STRENGTHS = Object.keys(texts.live.smoothings)
  .map(Number)
  .sort((a, b) => a - b);

function Neutral({ run }: { run: LiveRun }) {
  const state = run.reference.value;
  const live = run.state.value === "ready";
  if (state === "set") {
    return (
      <button type="button" class="button" onClick={() => run.neutral(null)} data-test="neutral-clear">
        <Icon name="check" /> {texts.live.neutralSet}: {texts.live.clearNeutral}
      </button>
    );
  }
  return (
    <button
      type="button"
      class="button"
      disabled={!live || state === "collecting"}
      title={texts.live.neutralHelp}
      onClick={() => run.neutral(NEUTRAL_S)}
      data-test="neutral-set"
      data-closes
    >
      <Icon name="neutral" /> {texts.live.neutral}
    </button>
  );
}
