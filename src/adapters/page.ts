/** Pages of rows that have a number, newest first: a cursor is the number of the last row that was shown. */

/** The number below which a page begins. */
export function startOf(cursor: string | null): number {
  return cursor === null ? Number.MAX_SAFE_INTEGER : Number(cursor);
}

/** The page in rows of which one more was read than it has, and where the next one begins. */
export function cutPage<Row extends { readonly seq: number }>(
  found: readonly Row[],
  limit: number,
): { readonly rows: readonly Row[]; readonly nextCursor: string | null } {
  const rows = found.slice(0, limit);
  return { rows, nextCursor: found.length > limit ? String(rows.at(-1)?.seq) : null };
}
