/** Whether a CSV holds names as they are, for those who open it in no spreadsheet. */
import { signal } from "@preact/signals";
import { texts } from "../texts";

export const plainNames = signal(false);

export function PlainNames() {
  return (
    <label class="check" title={texts.plainNamesHelp}>
      <input
        type="checkbox"
        checked={plainNames.value}
        onChange={(event) => (plainNames.value = event.currentTarget.checked)}
        data-test="plain-names"
      />
      {texts.plainNames}
    </label>
  );
}
