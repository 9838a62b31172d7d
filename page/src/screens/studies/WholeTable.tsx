/** The whole stimulus in numbers: each signal's mean in each group, and how far two groups are apart. */
import type { StudyIntervals } from "../../api/types";
import { between, decimal, signedDecimal } from "../../logic/format";
import { WHOLE } from "../../logic/groups";
import { capital, signalName } from "../../logic/words";
import { texts } from "../../texts";
import { NumberTable } from "./IntervalTables";

interface Props extends Pick<StudyIntervals, "groups" | "differences"> {
  /** In the order in which they are shown. */
  signals: readonly string[];
}

const words = texts.studies;

export function WholeTable({ groups, differences, signals }: Props) {
  const whole = groups.filter((row) => row.label === WHOLE);
  const names = [...new Set(whole.map((row) => row.group))];
  const apart = differences.filter((row) => row.label === WHOLE);
  const pairs = names.length === 2;
  const at = words.columns;
  const shown = signals.filter((signal) => whole.some((row) => row.signal === signal));
  return (
    <NumberTable
      title={words.wholeTitle}
      test="whole"
      words={1}
      head={[
        words.signal,
        ...names.flatMap((group) => [words.meanOf(group), words.intervalOf(group)]),
        ...(pairs ? [words.pair(names[0] || "\u2013", names[1] || "\u2013"), at.interval] : []),
      ]}
      rows={shown.map((signal) => {
        const difference = apart.find((row) => row.signal === signal);
        return [
          capital(signalName(signal)),
          ...names.flatMap((group) => {
            const row = whole.find((one) => one.signal === signal && one.group === group);
            return [decimal(row?.mean), between(row?.low ?? null, row?.high ?? null)];
          }),
          ...(pairs
            ? [signedDecimal(difference?.difference ?? null), between(difference?.low ?? null, difference?.high ?? null)]
            : []),
        ];
      })}
    />
  );
}
