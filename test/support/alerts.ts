/** Alerts as tests bring them about: time passes, the objects' alarms come, and what was found is read. */
import { runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { vi } from "vitest";
import { inAccount } from "./faults.ts";
import { call, keyStateOf, manage } from "./gateway.ts";

const MINUTE_MS = 60_000;

/** The clock of the Worker and its objects, from the next full hour on. */
export interface Clock {
  readonly now: () => number;
  readonly pass: (ms: number) => void;
}

/** Takes the clock over, until real timers are used again. */
export function takeClock(): Clock {
  const hour = 60 * MINUTE_MS;
  vi.useFakeTimers({ toFake: ["Date"], now: Math.ceil(Date.now() / hour) * hour });
  return { now: () => Date.now(), pass: (ms) => void vi.setSystemTime(Date.now() + ms) };
}

/** Calls the demo's echo with a key, from an address. */
export async function echoFrom(key: string, ip: string): Promise<number> {
  const headers = { "x-api-key": key, "cf-connecting-ip": ip };
  const response = await call("/echo", { headers });
  await response.text();
  return response.status;
}

/** Five minutes pass and the key's object tells its account. */
export async function tellAccount(clock: Clock, keyId: string): Promise<void> {
  clock.pass(5 * MINUTE_MS);
  await runDurableObjectAlarm(keyStateOf(keyId));
}

/** Time passes and the account's alarm comes. */
export async function wakeAccount(clock: Clock, account: string, ms: number): Promise<void> {
  clock.pass(ms);
  await runDurableObjectAlarm(env.ACCOUNT.getByName(account));
}

/** What was found, oldest first: rule, key and phase. */
export async function eventsOf(account: string): Promise<readonly string[]> {
  const { body } = await manage("GET", `/accounts/${account}/alerts/events?limit=100`);
  const events = body.data as unknown as readonly Readonly<Record<string, string>>[];
  return events.map(({ rule, key, phase }) => `${rule} ${key} ${phase}`).toReversed();
}

/** What an account has stored of the use of its keys. */
export function knownUseOf(account: string): Promise<{
  readonly requests: Readonly<Record<string, number>>;
  readonly ips: { readonly days: Readonly<Record<string, number>> };
}> {
  return inAccount(account, ({ sql }) => {
    const { body } = sql.exec<{ body: string }>("SELECT body FROM alert_state").one();
    return (JSON.parse(body) as { state: Awaited<ReturnType<typeof knownUseOf>> }).state;
  });
}
