/** `Directory`: one object per deployment that lists the accounts of all APIs. Fed by outboxes. */
import { DurableObject } from "cloudflare:workers";
import type { AccountPage } from "../core/ports.ts";
import type { Account } from "../core/record.ts";
import { migrate, type Migrations } from "./migrate.ts";

/** The name of the deployment's only directory object. */
export const DIRECTORY_NAME = "directory";

const MIGRATIONS: Migrations = [
  `CREATE TABLE accounts (
     created_at_ms INTEGER NOT NULL, id TEXT NOT NULL, api TEXT NOT NULL,
     version INTEGER NOT NULL, body TEXT NOT NULL,
     PRIMARY KEY (created_at_ms, id)) WITHOUT ROWID`,
];

export class Directory extends DurableObject {
  constructor(ctx: DurableObjectState, env: Cloudflare.Env) {
    super(ctx, env);
    migrate(ctx.storage, MIGRATIONS);
  }

  /** Stores an account's row unless a newer one is there. */
  upsert(account: Account): void {
    this.ctx.storage.sql.exec(
      `INSERT INTO accounts VALUES (?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET version = excluded.version, body = excluded.body
       WHERE excluded.version > version`,
      account.createdAtMs,
      account.id,
      account.api,
      account.version,
      JSON.stringify(account),
    );
  }

  /** A page of accounts, newest first; stable while accounts are created. */
  list(query: {
    readonly api: string | null;
    readonly limit: number;
    readonly cursor: string | null;
  }): AccountPage {
    const [createdAtMs, id] = decodeCursor(query.cursor);
    const accounts = this.ctx.storage.sql
      .exec<{ body: string }>(
        `SELECT body FROM accounts
         WHERE (created_at_ms, id) < (?, ?) AND (?3 IS NULL OR api = ?3)
         ORDER BY created_at_ms DESC, id DESC LIMIT ?4`,
        createdAtMs,
        id,
        query.api,
        query.limit + 1,
      )
      .toArray()
      .map((row) => JSON.parse(row.body) as Account);
    const page = accounts.slice(0, query.limit);
    const last = page.at(-1);
    const more = accounts.length > query.limit && last !== undefined;
    return { accounts: page, nextCursor: more ? `${last.createdAtMs}:${last.id}` : null };
  }

  /** Answers when the object can be reached. */
  ping(): void {}
}

function decodeCursor(cursor: string | null): readonly [number, string] {
  if (cursor === null) return [Number.MAX_SAFE_INTEGER, ""];
  const colon = cursor.indexOf(":");
  return [Number(cursor.slice(0, colon)), cursor.slice(colon + 1)];
}
