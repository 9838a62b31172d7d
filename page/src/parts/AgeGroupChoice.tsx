/** Which age groups are told, beside the years. */
import { ageGroups, setAgeGroups, WIDTHS } from "../state/ageGroups";
import { texts } from "../texts";

export function AgeGroupChoice({ onSet }: { onSet?: (width: number) => void }) {
  const choose = (width: number) => {
    setAgeGroups(width);
    onSet?.(width);
  };
  return (
    <label class="field inline">
      <span>{texts.ageGroups.label}</span>
      <select
        value={ageGroups.value}
        data-test="age-groups"
        onChange={(event) => choose(Number(event.currentTarget.value))}
      >
        {WIDTHS.map((width) => (
          <option value={width}>{texts.ageGroups.choices[width]}</option>
        ))}
      </select>
    </label>
  );
}
