/** The switch between light, dark and the system's look. */
import { look, setLook, type Look } from "../state/look";
import { texts } from "../texts";
import { Icon, type IconName } from "./Icon";

const CHOICES: [Look, IconName][] = [
  ["system", "system"],
  ["light", "sun"],
  ["dark", "moon"],
];

export function LookChoice() {
  return (
    <div class="look" role="radiogroup" aria-label={texts.look.label}>
      {CHOICES.map(([value, icon]) => (
        <label key={value} class={look.value === value ? "on" : ""} title={texts.look[value]}>
          <input type="radio" name="look" checked={look.value === value} onChange={() => setLook(value)} />
          <Icon name={icon} />
          <span class="hidden-text">{texts.look[value]}</span>
        </label>
      ))}
    </div>
  );
}
