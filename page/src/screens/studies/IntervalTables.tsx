/** Numbers of marked intervals: of each group, and of each person. */
import type { StudyIntervals } from "../../api/types";
import { between, clock, decimal } from "../../logic/format";
import { texts } from "../../texts";

interface Table {
  title: string;
  test: string;
  /** The first so many columns are words, the others numbers. */
  words: number;
  head: string[];
  rows: string[][];
}

function NumberTable({ title, test, words, head, rows }: Table) {
  const kind = (column: number) => (column < words ? "" : "number");
  return (
    <div class="table-wrap" tabIndex={0} role="region" aria-label={title}>
      <table class="table" data-test={test}>
        <caption>{title}</caption>
        <thead>
          <tr>
            {head.map((name, column) => (
              <th key={name} scope="col" class={kind(column)}>
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

export function IntervalTables({ groups, rows }: StudyIntervals) {
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
          row.label,
          row.group || "\u2013",
          row.seen === row.n ? String(row.n) : words.seenOf(row.seen, row.n),
          decimal(row.mean),
          between(row.low, row.high),
          decimal(row.sd),
          decimal(row.max),
          decimal(row.share_active),
        ])}
      />
      <NumberTable
        title={words.byPerson}
        test="intervals"
        words={3}
        head={[at.label, at.person, at.group, at.from, at.to, at.mean, at.max, at.active, at.seen]}
        rows={rows.map((row) => [
          row.label,
          row.person,
          row.group || "\u2013",
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
