/** How the picture is shown, and a person's neutral. */
import { AgeGroupChoice } from "../../parts/AgeGroupChoice";
import { Icon } from "../../parts/Icon";
import { Switch } from "../../parts/Tabs";
import type { LiveRun } from "../../state/liveRun";
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
}

export function LiveControls({ run, mirrored, canMirror, onMirror, canRest }: Props) {
  return (
    <div class="controls">
      {canMirror && <Switch label={texts.live.mirror} on={mirrored} onChange={onMirror} />}
      <Switch label={texts.live.hide} on={run.hide.value} onChange={(on) => run.setHide(on)} />
      {run.hide.value && <small>{texts.live.hideNote}</small>}
      <AgeGroupChoice onSet={(width) => run.setAgeGroups(width)} />
      {canRest && settings.value?.references && <Neutral run={run} />}
    </div>
  );
}

function Neutral({ run }: { run: LiveRun }) {
  const state = run.reference.value;
  const live = run.state.value === "ready";
  if (state === "set") {
    return (
      <span class="neutral">
        <Icon name="check" /> {texts.live.neutralSet}
        <button type="button" class="button small" onClick={() => run.neutral(null)}>
          {texts.live.clearNeutral}
        </button>
      </span>
    );
  }
  return (
    <button
      type="button"
      class="button"
      disabled={!live || state === "collecting"}
      title={texts.live.neutralHelp}
      onClick={() => run.neutral(NEUTRAL_S)}
    >
      <Icon name="neutral" /> {state === "collecting" ? texts.live.collecting : texts.live.neutral}
    </button>
  );
}
