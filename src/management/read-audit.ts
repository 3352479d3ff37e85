/** The operations on an account's audit log: a page of it, its check, and all of it. */
import type { ChainedEntry } from "../core/audit.ts";
import type { Accounts, AuditPage } from "../core/ports.ts";
import { declineAccount } from "./accounts.ts";
import { succeed, type Outcome } from "./outcome.ts";
import { isAccountId, type AuditQuery } from "./schemas.ts";

interface AuditPorts {
  readonly accounts: Accounts;
}

const EXPORT_PAGE = 500;

/** A page of entries, newest first. */
export async function listAudit(
  { accounts }: AuditPorts,
  accountId: string,
  { limit, cursor }: AuditQuery,
): Promise<Outcome<AuditPage>> {
  if (!isAccountId(accountId)) return declineAccount();
  const page = await accounts.listAudit(accountId, { limit, cursor: cursor ?? null });
  return page === null ? declineAccount() : succeed(page);
}

/** Reads the whole chain; `brokenAt` is the first entry that was altered or does not follow. */
export async function verifyAudit(
  { accounts }: AuditPorts,
  accountId: string,
): Promise<Outcome<{ readonly entries: number; readonly brokenAt: number | null }>> {
  const verified = isAccountId(accountId) ? await accounts.verifyAudit(accountId) : null;
  return verified === null ? declineAccount() : succeed(verified);
}

/** All entries, newest first, a page at a time. */
export async function* exportAudit(
  { accounts }: AuditPorts,
  accountId: string,
): AsyncGenerator<ChainedEntry> {
  let cursor: string | null = null;
  do {
    const page: AuditPage | null = await accounts.listAudit(accountId, {
      limit: EXPORT_PAGE,
      cursor,
    });
    if (page === null) return;
    yield* page.entries;
    cursor = page.nextCursor;
  } while (cursor !== null);
}
