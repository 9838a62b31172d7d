/** The set of models that reads, and other models for single tasks; a server may offer any number of either. */
import { capital, taskName } from "../logic/words";
import { chosenModels, modelOf, modelsFor, modelsWanted } from "../state/reading";
import { models, tasksOf } from "../state/server";
import { texts } from "../texts";

interface Props {
  set: string;
  onSet: (set: string) => void;
  /** Called after another model was chosen for a task; without it the set alone is chosen. */
  onModel?: () => void;
}

export function ModelChoice({ set, onSet, onModel }: Props) {
  const sets = models.value?.sets ?? {};
  const others = modelsWanted(set);
  return (
    <>
      <label class={onModel ? "field" : "field inline"}>
        <span>{texts.live.models}</span>
        <select value={set} onChange={(event) => onSet(event.currentTarget.value)} data-test="models">
          {Object.keys(sets)
            .sort()
            .map((name) => (
              <option key={name} value={name}>
                {texts.live.modelSets[name] ?? name}
              </option>
            ))}
        </select>
        {onModel && (
          <small data-test="models-inside">
            {Object.keys(sets[set] ?? {}).map((task) => modelOf(set, task)).join(", ")}
          </small>
        )}
        {!onModel && others.length > 0 && <small>{others.map((pair) => pair.slice(pair.indexOf("=") + 1)).join(", ")}</small>}
      </label>
      {onModel && <OneByOne set={set} onModel={onModel} />}
    </>
  );
}

function OneByOne({ set, onModel }: { set: string; onModel: () => void }) {
  const choose = (task: string, name: string) => {
    chosenModels.value = { ...chosenModels.value, [task]: name };
    onModel();
  };
  const several = tasksOf(set).filter((task) => modelsFor(task).length > 1);
  if (several.length === 0) return null;
  return (
    <details class="one-by-one">
      <summary data-test="one-by-one">{texts.live.oneByOne}</summary>
      {several.map((task) => (
        <label key={task} class="field inline">
          <span>{capital(taskName(task))}</span>
          <select value={modelOf(set, task)} onChange={(event) => choose(task, event.currentTarget.value)} data-test={`model-${task}`}>
            {modelsFor(task).map((name) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </label>
      ))}
    </details>
  );
}
