/** Numbers of marked intervals: of each group, and of each person. */
import { useMemo } from "preact/hooks";
import type { IntervalRow } from "../../api/types";
import { clock, decimal } from "../../logic/format";
import { groupRows } from "../../logic/groups";
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

export function IntervalTables({ rows }: { rows: readonly IntervalRow[] }) {
  const words = texts.studies;
  const at = words.columns;
  const groups = useMemo(() => groupRows(rows), [rows]);
  return (
    <div class="tables">
      <NumberTable
        title={words.byGroup}
        test="intervals-groups"
        words={2}
        head={[at.label, at.group, at.people, at.mean, at.spread, at.max, at.active]}
        rows={groups.map((row) => [
          row.label,
          row.group ?? "\u2013",
          String(row.people),
          decimal(row.mean),
          decimal(row.spread),
          decimal(row.max),
          decimal(row.active),
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
          row.group ?? "\u2013",
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
