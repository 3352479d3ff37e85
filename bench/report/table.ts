/** Tables on a terminal. */

/** Formats rows under their titles; numbers, and what begins like one, stand right. */
export function formatTable(
  titles: readonly string[],
  rows: readonly (readonly string[])[],
): string {
  const widths = titles.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => (row[column] ?? "").length)),
  );
  const right = titles.map((_, column) =>
    rows.every((row) => /^[-+$≥≤]?\s?[\d.]|^$|^—/.test(row[column] ?? "")),
  );
  const formatRow = (row: readonly string[]): string =>
    widths
      .map((width, column) => {
        const cell = row[column] ?? "";
        return right[column] === true ? cell.padStart(width) : cell.padEnd(width);
      })
      .join("  ")
      .trimEnd();
  const line = widths.map((width) => "─".repeat(width)).join("  ");
  return [formatRow(titles), line, ...rows.map(formatRow)].join("\n");
}
