/** How often a face is neutral where the pictures are from; answers are moved to that. */
import { neutralShare, SHARES } from "../state/reading";
import { texts } from "../texts";

export function NeutralShare({ onSet }: { onSet?: () => void }) {
  const choose = (share: number) => {
    neutralShare.value = share;
    onSet?.();
  };
  return (
    <label class="field inline" title={texts.neutralShare.help}>
      <span>{texts.neutralShare.label}</span>
      <select
        value={neutralShare.value}
        data-test="neutral-share"
        onChange={(event) => choose(Number(event.currentTarget.value))}
      >
        {SHARES.map((share) => (
          <option value={share}>{texts.neutralShare.choices[share]}</option>
        ))}
      </select>
    </label>
  );
}
