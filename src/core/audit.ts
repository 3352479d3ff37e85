/**
 * The audit log: who changed what, when, from what to what. Entries are only ever added; each carries a
 * hash over itself and the hash before it, so that an entry that is altered or taken out is found.
 */

import { encodeHex } from "./bytes.ts";

/** Who asked for a change. */
export interface Origination {
  /** `operator`, `key:<id>`, `member:<id>` or `authorizer`. */
  readonly actor: string;
  readonly requestId: string;
}

export interface AuditEntry extends Origination {
  /** 1 for an account's first entry, rising by 1. */
  readonly seq: number;
  readonly atMs: number;
  /** E.g. `key.create`, `account.suspend`. */
  readonly action: string;
  /** The id of what was changed. */
  readonly target: string;
  /** Members that changed, before and after: never a text, hash or secret. */
  readonly before: Readonly<Record<string, unknown>> | null;
  readonly after: Readonly<Record<string, unknown>> | null;
}

/** An entry with its link of the chain: SHA-256, hex. */
export type ChainedEntry = AuditEntry & { readonly hash: string };

/** The hash "before" an account's first entry. */
export const CHAIN_START = "0".repeat(64);

/** The link of an entry: SHA-256 over the hash before it, a line break and the entry. */
export async function chainHash(previousHash: string, entry: AuditEntry): Promise<string> {
  const { seq, atMs, actor, action, target, before, after, requestId } = entry;
  const fields = [seq, atMs, actor, action, target, before, after, requestId];
  const bytes = new TextEncoder().encode(`${previousHash}\n${JSON.stringify(fields)}`);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return encodeHex(digest);
}

/** The first entry that does not fit its predecessor, or `null` when the chain is whole. */
export async function findBrokenLink(
  previousHash: string,
  entries: readonly ChainedEntry[],
): Promise<number | null> {
  let previous = previousHash;
  let seq = (entries[0]?.seq ?? 1) - 1;
  for (const entry of entries) {
    seq += 1;
    if (entry.seq !== seq || entry.hash !== (await chainHash(previous, entry))) return seq;
    previous = entry.hash;
  }
  return null;
}

/** Members whose values differ, as they were and as they are. */
export function differenceOf(
  before: Readonly<Record<string, unknown>>,
  after: Readonly<Record<string, unknown>>,
): Pick<AuditEntry, "before" | "after"> {
  const names = Object.keys({ ...before, ...after }).filter(
    (name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]),
  );
  const pick = (from: Readonly<Record<string, unknown>>): Record<string, unknown> =>
    Object.fromEntries(names.map((name) => [name, from[name] ?? null]));
  return { before: pick(before), after: pick(after) };
}
