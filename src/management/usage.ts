/**
 * The operations that tell how keys were used: one key, all keys of an account, and the requests to an
 * API that never reached a key. Numbers of admissions are those of the counts, the rest is best effort.
 */
import type { Api } from "../core/api.ts";
import type { Accounts, Directory, KeyStates } from "../core/ports.ts";
import { keepTop, MINUTE_MS, type Counts } from "../core/usage.ts";
import {
  addFound,
  INTERVALS,
  NOTHING_FOUND,
  startOfBucket,
  USAGE_FORMAT,
  type Interval,
  type UsageAsked,
  type UsageFound,
} from "../core/usage-query.ts";
import { addStrays, type StraysFound } from "../core/strays.ts";
import { declineAccount, declineApi } from "./accounts.ts";
import { declineKey, loadRecord, type KeyPorts } from "./keys.ts";
import { declineFields, succeed, type Outcome } from "./outcome.ts";
import { isAccountId, type StraysQuery, type UsageQuery } from "./schemas.ts";
import type { Scope } from "./scope.ts";

/** What these operations need. */
export interface UsagePorts extends KeyPorts {
  readonly apis: readonly Api[];
  readonly accounts: Accounts;
  readonly keyStates: KeyStates;
  readonly directory: Directory;
}

/** What was asked, and what was found. */
export interface Usage {
  readonly asked: UsageAsked;
  readonly found: UsageFound;
  /** Of an account with more keys than can be asked at once: how many are left out. */
  readonly keysLeftOut: number;
}

/** Requests that never reached a key, bucket by bucket. */
export interface StrayUsage {
  readonly asked: UsageAsked;
  readonly api: string;
  readonly found: StraysFound;
  readonly ips: Counts;
}

/** Keys of an account that are asked, the newest: each is a call to an object. */
const MAX_KEYS = 100;
const MAX_BUCKETS = 3000;
const MAX_STRAY_IPS = 20;

/** How a key was used. */
export async function readKeyUsage(
  ports: Omit<UsagePorts, "directory">,
  scope: Scope,
  keyId: string,
  query: UsageQuery,
): Promise<Outcome<Usage>> {
  const asked = readSpan(query, ports.now());
  if (!asked.ok) return asked;
  const record = await loadRecord(ports, scope, keyId);
  if (record === null) return declineKey();
  const found = (await ports.keyStates.readUsage(keyId, asked.value)) ?? NOTHING_FOUND;
  return succeed({ asked: asked.value, found, keysLeftOut: 0 });
}

/** How the keys of an account were used together. */
export async function readAccountUsage(
  { accounts, keyStates, now }: UsagePorts,
  accountId: string,
  query: UsageQuery,
): Promise<Outcome<Usage>> {
  const span = readSpan(query, now());
  if (!span.ok) return span;
  if (!isAccountId(accountId)) return declineAccount();
  const newest = { active: false, limit: MAX_KEYS, cursor: null };
  const page = await accounts.listKeys(accountId, newest);
  if (page === null) return declineAccount();
  const asked = span.value;
  const found = await Promise.all(
    page.keys.map(async ({ id }) => (await keyStates.readUsage(id, asked)) ?? NOTHING_FOUND),
  );
  const more = page.nextCursor === null ? 0 : (await accounts.countKeys(accountId)) - MAX_KEYS;
  return succeed({ asked, found: addFound(found, asked), keysLeftOut: Math.max(0, more) });
}

/** The requests to an API that were refused before a key was recognised. */
export async function readStrays(
  { apis, directory, now }: Pick<UsagePorts, "apis" | "directory" | "now">,
  query: StraysQuery,
): Promise<Outcome<StrayUsage>> {
  const { api } = query;
  if (!apis.some(({ name }) => name === api)) return declineApi(apis, api);
  const span = readSpan(query, now());
  if (!span.ok) return span;
  const asked = span.value;
  const hours = await directory.readStrays(api, asked.fromMs, asked.toMs);
  const ips = hours.reduce(addStrays, { hour: 0, refused: {}, ips: {} }).ips;
  return succeed({ asked, api, found: hours, ips: keepTop(ips, MAX_STRAY_IPS) });
}

/** The span of whole buckets that a query means: by default the last day, of days the last 30. */
function readSpan(
  query: Pick<UsageQuery, "from" | "to"> & { readonly interval: Interval },
  nowMs: number,
): Outcome<UsageAsked> {
  const { interval } = query;
  const { lengthMs, keptMs } = INTERVALS[interval];
  const toMs = startOfBucket((query.to ?? nowMs) + lengthMs - 1, interval);
  const defaultMs = (interval === "day" ? 30 : 1) * 86_400_000;
  const fromMs = startOfBucket(query.from ?? toMs - defaultMs, interval);
  if (fromMs >= toMs) return declineFields({ field: "from", message: "must be before to" });
  const buckets = (toMs - fromMs) / lengthMs;
  if (buckets > MAX_BUCKETS) {
    const most = `at most ${MAX_BUCKETS} of them are answered: shorten the span or widen the interval`;
    return declineFields({ field: "interval", message: `makes ${buckets} buckets; ${most}` });
  }
  // The bucket that goes on is kept beside those that are whole.
  if (fromMs < startOfBucket(nowMs, interval) - keptMs) {
    const days = keptMs / (1440 * MINUTE_MS);
    const message = `must be at most ${days} days ago for this interval; a wider one goes back further`;
    return declineFields({ field: "from", message });
  }
  return succeed({ format: USAGE_FORMAT, fromMs, toMs, interval });
}
