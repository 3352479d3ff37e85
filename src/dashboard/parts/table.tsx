/**
 * A table that becomes a list of cards where the screen is narrow. Its parts say what they are, because a
 * table that is laid out otherwise is none to a screen reader.
 */
import type { ComponentChildren, JSX } from "preact";

export interface Column<Row> {
  readonly title: string;
  readonly cell: (row: Row) => ComponentChildren;
  /** Numbers stand at the right. */
  readonly numeric?: boolean;
}

/** The table; the first column is each row's name. */
export function Table<Row>(props: {
  readonly caption: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly idOf: (row: Row) => string;
}): JSX.Element {
  const { columns } = props;
  return (
    <table role="table" class="cards">
      <caption class="visually-hidden">{props.caption}</caption>
      <thead role="rowgroup">
        <tr role="row">
          {columns.map(({ title, numeric }) => (
            <th
              key={title}
              role="columnheader"
              scope="col"
              class={numeric === true ? "numeric" : ""}
            >
              {title}
            </th>
          ))}
        </tr>
      </thead>
      <tbody role="rowgroup">
        {props.rows.map((row) => (
          <tr key={props.idOf(row)} role="row">
            {columns.map(({ title, cell, numeric }, index) =>
              index === 0 ? (
                <th key={title} role="rowheader" scope="row" data-title={title}>
                  {cell(row)}
                </th>
              ) : (
                <td
                  key={title}
                  role="cell"
                  data-title={title}
                  class={numeric === true ? "numeric" : ""}
                >
                  {cell(row)}
                </td>
              ),
            )}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
