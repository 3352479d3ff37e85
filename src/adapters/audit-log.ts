/**
 * The audit log of an account's object: a change and its entry are one transaction. Changes follow each
 * other, so that each sees what the one before has left and the chain of hashes has one end.
 */
import {
  CHAIN_START,
  chainHash,
  findBrokenLink,
  type AuditEntry,
  type ChainedEntry,
  type Origination,
} from "../core/audit.ts";
import { createTurns } from "./turns.ts";

/** A change that is ready to be stored: what the log says of it, and its writes. */
export interface PreparedChange<T> {
  readonly entry: Pick<AuditEntry, "action" | "target" | "before" | "after">;
  /** Runs in the transaction, synchronously. */
  readonly write: () => void;
  /** Runs when it is stored, before anything else can: what is held in memory follows here. */
  readonly stored?: () => void;
  readonly value: T;
}

export interface AuditLog {
  /** Stores what `prepare` makes of the present state, with its entry; `null` stores nothing. */
  commit<T>(by: Origination, prepare: () => PreparedChange<T> | null): Promise<T | null>;
  /** Entries below a number, newest first. */
  list(below: number, limit: number): readonly ChainedEntry[];
  /** Reads the whole chain; `brokenAt` is the first entry that does not fit, if any. */
  verify(): Promise<{ readonly entries: number; readonly brokenAt: number | null }>;
}

/** The table that the log needs; a part of the account's schema. */
export const AUDIT_TABLE =
  "CREATE TABLE audit (seq INTEGER PRIMARY KEY, hash TEXT NOT NULL, body TEXT NOT NULL);";

const VERIFY_BATCH = 500;

/** The log in an object's storage. */
export function createAuditLog(storage: DurableObjectStorage): AuditLog {
  const inTurn = createTurns();

  function read(query: string, ...bindings: number[]): readonly ChainedEntry[] {
    return storage.sql
      .exec<{ hash: string; body: string }>(query, ...bindings)
      .toArray()
      .map(({ hash, body }) => Object.assign(JSON.parse(body) as AuditEntry, { hash }));
  }

  function readAfter(seq: number): readonly ChainedEntry[] {
    const query = "SELECT hash, body FROM audit WHERE seq > ? ORDER BY seq LIMIT ?";
    return read(query, seq, VERIFY_BATCH);
  }

  async function commit<T>(
    by: Origination,
    prepare: () => PreparedChange<T> | null,
  ): Promise<T | null> {
    const prepared = prepare();
    if (prepared === null) return null;
    const [end] = readTables(storage)
      ? read("SELECT hash, body FROM audit ORDER BY seq DESC LIMIT 1")
      : [];
    const seq = (end?.seq ?? 0) + 1;
    const entry: AuditEntry = { ...by, ...prepared.entry, seq, atMs: Date.now() };
    const hash = await chainHash(end?.hash ?? CHAIN_START, entry);
    storage.transactionSync(() => {
      prepared.write();
      storage.sql.exec("INSERT INTO audit VALUES (?, ?, ?)", seq, hash, JSON.stringify(entry));
    });
    prepared.stored?.();
    return prepared.value;
  }

  return {
    commit: (by, prepare) => inTurn(() => commit(by, prepare)),
    list: (below, limit) =>
      read("SELECT hash, body FROM audit WHERE seq < ? ORDER BY seq DESC LIMIT ?", below, limit),
    async verify() {
      let previous = { seq: 0, hash: CHAIN_START };
      for (;;) {
        const batch = readAfter(previous.seq);
        const gap = batch[0] !== undefined && batch[0].seq !== previous.seq + 1;
        const brokenAt = gap ? previous.seq + 1 : await findBrokenLink(previous.hash, batch);
        const end = batch.at(-1);
        if (brokenAt !== null || end === undefined) return { entries: previous.seq, brokenAt };
        previous = end;
      }
    },
  };
}

/** Whether the account, and with it the table, is there yet. */
function readTables(storage: DurableObjectStorage): boolean {
  const query = "SELECT 1 FROM sqlite_master WHERE name = 'audit'";
  return storage.sql.exec(query).toArray().length > 0;
}
