/** The set of models that reads, with the models in it; a server may offer any number of sets. */
import { models } from "../state/server";
import { texts } from "../texts";

interface Props {
  set: string;
  onSet: (set: string) => void;
  /** Whether its models are named, too. */
  detailed?: boolean;
}

export function ModelChoice({ set, onSet, detailed = false }: Props) {
  const sets = models.value?.sets ?? {};
  return (
    <label class={detailed ? "field" : "field inline"}>
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
      {detailed && <small data-test="models-inside">{Object.values(sets[set] ?? {}).join(", ")}</small>}
    </label>
  );
}
