/** Numbers of the whole stimulus and of marked intervals: of each group, of groups compared, of each person. */
import type { StudyIntervals } from "../../api/types";
import { between, clock, decimal, signedDecimal } from "../../logic/format";
import { WHOLE } from "../../logic/groups";
import { texts } from "../../texts";

interface Table {
  title: string;
  test: string;
  /** The first so many columns are words, the others numbers. */
  words: number;
  head: string[];
  rows: string[][];
}

/** The whole stimulus has no marker, and so no label that somebody gave it. */
const labelOf = (label: string) => (label === WHOLE ? texts.studies.whole : label);
const groupOf = (group: string | null) => group || "\u2013";

export function NumberTable({ title, test, words, head, rows }: Table) {
  const kind = (column: number) => (column < words ? "" : "number");
  return (
    <div class="table-wrap" tabIndex={0} role="region" aria-label={title}>
      <table class="table" data-test={test}>
        <caption>{title}</caption>
        <thead>
          <tr>
            {head.map((name, column) => (
              <th key={column} scope="col" class={kind(column)}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, index) => (
            <tr key={index}>
              {row.map((cell, column) => (
                <td key={column} class={kind(column)}>
                  {cell}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

export function IntervalTables({ groups, differences, rows }: Omit<StudyIntervals, "signal">) {
  const words = texts.studies;
  const at = words.columns;
  return (
    <div class="tables">
      <NumberTable
        title={words.byGroup}
        test="intervals-groups"
        words={2}
        head={[at.label, at.group, at.people, at.mean, at.interval, at.spread, at.max, at.active]}
        rows={groups.map((row) => [
          labelOf(row.label),
          groupOf(row.group),
          row.seen === row.n ? String(row.n) : words.seenOf(row.seen, row.n),
          decimal(row.mean),
          between(row.low, row.high),
          decimal(row.sd),
          decimal(row.max),
          decimal(row.share_active),
        ])}
      />
      {differences.length > 0 && (
        <NumberTable
          title={words.byPair}
          test="intervals-differences"
          words={2}
          head={[at.label, at.pair, at.difference, at.interval]}
          rows={differences.map((row) => [
            labelOf(row.label),
            words.pair(groupOf(row.group), groupOf(row.other)),
            signedDecimal(row.difference),
            between(row.low, row.high),
          ])}
        />
      )}
      <NumberTable
        title={words.byPerson}
        test="intervals"
        words={3}
        head={[at.label, at.person, at.group, at.from, at.to, at.mean, at.max, at.active, at.seen]}
        rows={rows.map((row) => [
          labelOf(row.label),
          row.counts ? row.person : words.notCounted(row.person),
          groupOf(row.group),
          clock(row.start_s, true),
          clock(row.end_s, true),
          decimal(row.mean),
          decimal(row.max),
          decimal(row.share_active),
          decimal(row.seconds_seen, 1),
        ])}
      />
    </div>
  );
}
