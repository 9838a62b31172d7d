/** A choice of one among a few, side by side: radio buttons in looks of their own. */
interface Props<T extends string> {
  label: string;
  value: T;
  choices: readonly { value: T; label: string; note?: string }[];
  onChange: (value: T) => void;
}

export function Tabs<T extends string>({ label, value, choices, onChange }: Props<T>) {
  return (
    <div class="tabs" role="radiogroup" aria-label={label}>
      {choices.map((choice) => (
        <label key={choice.value} class={choice.value === value ? "tab on" : "tab"}>
          <input
            type="radio"
            name={label}
            value={choice.value}
            checked={choice.value === value}
            onChange={() => onChange(choice.value)}
          />
          <span>{choice.label}</span>
          {choice.note && <small>{choice.note}</small>}
        </label>
      ))}
    </div>
  );
}

export function Switch(props: { label: string; on: boolean; disabled?: boolean; onChange: (on: boolean) => void }) {
  return (
    <label class="switch">
      <input
        type="checkbox"
        role="switch"
        checked={props.on}
        disabled={props.disabled ?? false}
        onChange={(event) => props.onChange(event.currentTarget.checked)}
      />
      <span class="switch-track" aria-hidden="true" />
      <span>{props.label}</span>
    </label>
  );
}
