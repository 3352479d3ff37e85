/**
 * `Directory`: one object per deployment that lists the accounts of all APIs, fed by outboxes, goes
 * through them for the keyring, counts attempts in vain to sign in, and keeps the operator's sessions. A
 * search compares each account's row until its page is full, so one that finds little reads every row:
 * some milliseconds for 10,000 accounts and as many rows read, in one call.
 */
import { DurableObject } from "cloudflare:workers";
import { foldText, searchedText } from "../core/account-search.ts";
import type { Origination } from "../core/audit.ts";
import type { FailedSignIns } from "../core/failed-sign-ins.ts";
import type { AccountPage, AccountsAsked, KeyringUse } from "../core/ports.ts";
import type { Account } from "../core/record.ts";
import type { Session, SessionCall } from "../core/session.ts";
import type { Strays, StraysFound } from "../core/strays.ts";
import { createAccountVisit } from "./account-visit.ts";
import { countFailedSignIn, FAILED_SIGN_INS_TABLE } from "./failed-sign-ins-table.ts";
import { createKeyringPass, type KeyringPass } from "./keyring-pass.ts";
import { KEYRING_TABLES } from "./keyring-pass-tables.ts";
import { migrate, type Migrations } from "./migrate.ts";
import { serveSession, SESSION_TABLE } from "./session-table.ts";
import { loadStrays, saveStrays, STRAYS_TABLE } from "./strays-table.ts";

/** The name of the deployment's only directory object. */
export const DIRECTORY_NAME = "directory";

const MIGRATIONS: Migrations = [
  `CREATE TABLE accounts (
     created_at_ms INTEGER NOT NULL, id TEXT NOT NULL, api TEXT NOT NULL,
     version INTEGER NOT NULL, body TEXT NOT NULL,
     PRIMARY KEY (created_at_ms, id)) WITHOUT ROWID`,
  addSearchedText,
  KEYRING_TABLES,
  FAILED_SIGN_INS_TABLE,
  SESSION_TABLE,
  STRAYS_TABLE,
];

export class Directory extends DurableObject {
  readonly #keyringPass: KeyringPass;

  constructor(ctx: DurableObjectState, env: Cloudflare.Env) {
    super(ctx, env);
    migrate(ctx.storage, MIGRATIONS);
    this.#keyringPass = createKeyringPass(ctx, createAccountVisit(env.ACCOUNT));
    void ctx.blockConcurrencyWhile(() => this.#keyringPass.ensureAlarm());
  }

  /** Stores an account's row unless a newer one is there. */
  upsert(account: Account): void {
    this.ctx.storage.sql.exec(
      `INSERT INTO accounts VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET
         version = excluded.version, body = excluded.body, searched = excluded.searched
       WHERE excluded.version > version`,
      account.createdAtMs,
      account.id,
      account.api,
      account.version,
      JSON.stringify(account),
      searchedText(account),
    );
  }

  /** A page of accounts, newest first; stable while accounts are created. */
  list({ api, q, limit, cursor }: AccountsAsked): AccountPage {
    const [createdAtMs, id] = decodeCursor(cursor);
    const accounts = this.ctx.storage.sql
      .exec<{ body: string }>(
        `SELECT body FROM accounts
         WHERE (created_at_ms, id) < (?1, ?2) AND (?3 IS NULL OR api = ?3)
           AND (?4 IS NULL OR instr(searched, ?4) > 0)
         ORDER BY created_at_ms DESC, id DESC LIMIT ?5`,
        createdAtMs,
        id,
        api,
        q === null ? null : foldText(q),
        limit + 1,
      )
      .toArray()
      .map((row) => JSON.parse(row.body) as Account);
    const page = accounts.slice(0, limit);
    const last = page.at(-1);
    const more = accounts.length > limit && last !== undefined;
    return { accounts: page, nextCursor: more ? `${last.createdAtMs}:${last.id}` : null };
  }

  /** Opens, uses or closes a session of the operator. */
  session(call: SessionCall): Session | null {
    return serveSession(this.ctx.storage, call);
  }

  /** What needs each entry of the keyring; see `KeyringPass`. */
  readKeyring(): Promise<KeyringUse> {
    return this.#keyringPass.read();
  }

  /** Brings everything encrypted under an entry of the keyring, by the alarm. */
  reencrypt(entry: string, by: Origination): Promise<KeyringUse> {
    return this.#keyringPass.reencrypt(entry, by);
  }

  /** Adds refused requests of which no key is known. */
  noteStrays(strays: Strays): void {
    saveStrays(this.ctx.storage, strays);
  }

  /** What of them is known of an API, in a span of whole hours. */
  readStrays(api: string, fromMs: number, toMs: number): StraysFound {
    return loadStrays(this.ctx.storage.sql, api, fromMs, toMs);
  }

  override alarm(): Promise<void> {
    return this.#keyringPass.resume();
  }

  /** Counts one more attempt in vain to sign in from an address. */
  countFailedSignIn(addressBlock: string): FailedSignIns {
    return countFailedSignIn(this.ctx.storage, addressBlock, Date.now());
  }

  /** Answers when the object can be reached. */
  ping(): void {}
}

/** SQL alone knows upper and lower case of A to Z only. */
function addSearchedText(sql: SqlStorage): void {
  sql.exec("ALTER TABLE accounts ADD COLUMN searched TEXT NOT NULL DEFAULT ''");
  for (const { body } of sql.exec<{ body: string }>("SELECT body FROM accounts").toArray()) {
    const account = JSON.parse(body) as Account;
    const query = "UPDATE accounts SET searched = ? WHERE created_at_ms = ? AND id = ?";
    sql.exec(query, searchedText(account), account.createdAtMs, account.id);
  }
}

function decodeCursor(cursor: string | null): readonly [number, string] {
  if (cursor === null) return [Number.MAX_SAFE_INTEGER, ""];
  const colon = cursor.indexOf(":");
  return [Number(cursor.slice(0, colon)), cursor.slice(colon + 1)];
}
