/**
 * The SQL of an account's outbox: which keys' objects and KV entries are behind, how far the last change
 * of the account has been told to its keys, and whether the directory knows it.
 */

/** What a key is waiting for: its object and then KV, or KV alone. */
export type Step = "object" | "kv";

export function markBehind(storage: DurableObjectStorage, keyId: string, step: Step): void {
  storage.sql.exec("INSERT OR REPLACE INTO behind VALUES (?, ?)", keyId, step);
}

export function clearBehind(storage: DurableObjectStorage, keyId: string): void {
  storage.sql.exec("DELETE FROM behind WHERE key_id = ?", keyId);
}

/** What a key waits for, `null` when it is everywhere. */
export function stepOf(storage: DurableObjectStorage, keyId: string): Step | null {
  const row = storage.sql
    .exec<{ step: Step }>("SELECT step FROM behind WHERE key_id = ?", keyId)
    .toArray()[0];
  return row?.step ?? null;
}

/** Some keys that wait, drawn at random: those that fail for good must not starve the others. */
export function listBehind(
  storage: DurableObjectStorage,
  step: Step,
  limit: number,
): readonly string[] {
  return storage.sql
    .exec<{ key_id: string }>(
      "SELECT key_id FROM behind WHERE step = ? ORDER BY random() LIMIT ?",
      step,
      limit,
    )
    .toArray()
    .map((row) => row.key_id);
}

/** Every unrevoked key below this number has not heard of the account's last change yet. */
export function loadSweep(storage: DurableObjectStorage): number | null {
  return storage.sql.exec<{ sweep_below: number | null }>("SELECT sweep_below FROM spread").one()
    .sweep_below;
}

/** Goes on below a number, `told` keys further; `null` ends it. */
export function saveSweep(storage: DurableObjectStorage, below: number | null, told: number): void {
  storage.sql.exec(
    `UPDATE spread SET sweep_below = ?1,
       sweep_left = CASE WHEN ?1 IS NULL THEN 0 ELSE max(sweep_left - ?2, 1) END`,
    below,
    told,
  );
}

/** Starts telling all keys that the account changed. They are counted here once, not by who asks. */
export function startSweep(storage: DurableObjectStorage): void {
  storage.sql.exec(
    `UPDATE spread SET sweep_below = (SELECT max(seq) + 1 FROM keys),
       sweep_left = (SELECT count(*) FROM keys WHERE state = 'live' AND revoked = 0)`,
  );
}

export function isDirectoryBehind(storage: DurableObjectStorage): boolean {
  const row = storage.sql.exec<{ directory: number }>("SELECT directory FROM spread").one();
  return row.directory === 1;
}

export function markDirectory(storage: DurableObjectStorage, behind: boolean): void {
  storage.sql.exec("UPDATE spread SET directory = ?", behind ? 1 : 0);
}

/** How many keys have not confirmed the last change that concerns them. */
export function countPending(storage: DurableObjectStorage): number {
  return storage.sql
    .exec<{ pending: number }>(
      `SELECT (SELECT count(*) FROM behind WHERE step = 'object') +
         (SELECT sweep_left FROM spread) AS pending`,
    )
    .one().pending;
}

/** How many steps are to be done until all keys are everywhere: what goes down is on its way. */
export function countSteps(storage: DurableObjectStorage): number {
  return storage.sql
    .exec<{ steps: number }>(
      `SELECT (SELECT total(CASE step WHEN 'object' THEN 2 ELSE 1 END) FROM behind) +
         (SELECT 3 * sweep_left + directory FROM spread) AS steps`,
    )
    .one().steps;
}

/** Whether any single key waits for its object or for KV. */
export function hasKeysBehind({ sql }: DurableObjectStorage): boolean {
  return sql.exec("SELECT 1 FROM behind LIMIT 1").toArray().length > 0;
}

/** Whether anything at all is not everywhere yet. */
export function isBehind(storage: DurableObjectStorage): boolean {
  return hasKeysBehind(storage) || loadSweep(storage) !== null || isDirectoryBehind(storage);
}
