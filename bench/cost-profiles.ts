/** The traffic whose billable operations are counted, for the authorizer and for the obvious design. */
import { createHash } from "node:crypto";
import type { Counts } from "./workers/meter.ts";
import type { Options } from "./options.ts";
import { formatSettings, OBJECTS, createAccount, createKeys } from "./subjects/authorizer.ts";
import { startWorkerd } from "./subjects/workerd.ts";

/** What a profile's requests cost. */
export interface Measured {
  readonly name: string;
  readonly design: "authorizer" | "KV get + row";
  readonly requests: number;
  readonly counts: Counts;
}

/** Traffic of one kind: evenly spread over virtual time. */
interface Profile {
  readonly name: string;
  /** Requests of all keys together. */
  readonly perMinute: number;
  readonly minutes: number;
  readonly keys: "one" | "quiet" | "junk" | "spent";
  readonly status: number;
}

/** Independent of each other, so fewer of them cost the same for each request. */
const QUIET_KEYS = 50;

function listProfiles(quick: boolean): readonly Profile[] {
  const part = quick ? 0.2 : 1;
  const one = { keys: "one", status: 200 } as const;
  return [
    { name: "1 key at 10,000/min", perMinute: 10_000, minutes: part, ...one },
    { name: "1 key at 100/min", perMinute: 100, minutes: 20 * part, ...one },
    // An hour, since the usage of an hour that is over is stored once for each key.
    {
      name: "10,000 keys at 1/min",
      perMinute: QUIET_KEYS,
      minutes: 60,
      keys: "quiet",
      status: 200,
    },
    { name: "junk flood", perMinute: 10_000, minutes: 0.25 * part, keys: "junk", status: 401 },
    {
      name: "over-limit flood",
      perMinute: 10_000,
      minutes: 0.3 * part,
      keys: "spent",
      status: 429,
    },
  ];
}

/** Sends a request with a key at a virtual time. */
type Send = (key: string, nowMs: number) => Promise<number>;

interface MeteredDesign {
  readonly design: Measured["design"];
  readonly send: Send;
  readonly takeCounts: (nowMs: number) => Promise<Counts>;
  readonly keys: Readonly<Record<Profile["keys"], readonly string[]>>;
  readonly stop: () => Promise<void>;
}

/** Runs every profile through both designs. */
export async function measureProfiles(
  originUrl: string,
  { quick }: Options,
): Promise<readonly Measured[]> {
  const designs = [await startAuthorizerDesign(originUrl), await startNaiveDesign(originUrl)];
  const measured: Measured[] = [];
  let startMs = 1_795_180_000_000;
  for (const profile of listProfiles(quick)) {
    for (const design of designs) measured.push(await measure(profile, design, startMs));
    // Windows and alarms of one profile are over before the next begins.
    startMs += 86_400_000;
  }
  await Promise.all(designs.map(({ stop }) => stop()));
  return measured;
}

async function measure(
  { name, perMinute, minutes, keys, status }: Profile,
  { design, send, takeCounts, keys: keysOf }: MeteredDesign,
  startMs: number,
): Promise<Measured> {
  const texts = keysOf[keys];
  const key = (index: number): string => texts[index % texts.length] ?? "";
  if (keys === "spent") for (let n = 0; n < SPENT_LIMIT; n += 1) await send(key(0), startMs);
  if (keys === "quiet") for (const text of texts) await send(text, startMs - 600_000);
  await takeCounts(startMs);
  const requests = Math.round(perMinute * minutes);
  for (let index = 0; index < requests; index += 1) {
    const found = await send(key(index), startMs + Math.round((index * 60_000) / perMinute));
    if (found !== status) throw new Error(`${design}: ${name}: status ${found}`);
  }
  // What follows the last request, an alarm for example, is its cost too.
  const endMs = startMs + (minutes + 5) * 60_000;
  return { name, design, requests, counts: await takeCounts(endMs) };
}

/** A limit that is used up at once. */
const SPENT_LIMIT = 10;
const LIMITS = { minute: 20_000, hour: 1_200_000 };

async function startAuthorizerDesign(originUrl: string): Promise<MeteredDesign> {
  const options = { objects: OBJECTS, kv: {}, values: formatSettings(originUrl, LIMITS) };
  const subject = await startWorkerd("bench/workers/metered.ts", options);
  const account = await createAccount(subject.port, "bench");
  const [one] = await createKeys(subject.port, account, 1);
  const [spent] = await createKeys(subject.port, account, 1, { limits: { minute: SPENT_LIMIT } });
  const quiet = await createKeys(subject.port, account, QUIET_KEYS);
  const texts = [one?.text ?? "", spent?.text ?? "", ...quiet.map(({ text }) => text)];
  return { design: "authorizer", ...speakTo(subject.port), keys: sort(texts), stop: subject.stop };
}

async function startNaiveDesign(originUrl: string): Promise<MeteredDesign> {
  const texts = Array.from({ length: 2 + QUIET_KEYS }, (_, index) => `sk_live_naive_${index}`);
  const kv = Object.fromEntries(
    texts.map((text, index) => [
      createHash("sha256").update(text).digest("hex"),
      JSON.stringify({ limit: index === 1 ? SPENT_LIMIT : LIMITS.minute }),
    ]),
  );
  const options = { objects: { COUNTER: "Counter" }, kv, values: { ORIGIN: originUrl } };
  const subject = await startWorkerd("bench/workers/metered-naive.ts", options);
  return {
    design: "KV get + row",
    ...speakTo(subject.port),
    keys: sort(texts),
    stop: subject.stop,
  };
}

function sort([one = "", spent = "", ...quiet]: readonly string[]): MeteredDesign["keys"] {
  const junk = one.slice(0, -1) + (one.endsWith("x") ? "y" : "x");
  return { one: [one], spent: [spent], quiet, junk: [junk] };
}

function speakTo(port: number): Pick<MeteredDesign, "send" | "takeCounts"> {
  const url = `http://127.0.0.1:${port}`;
  return {
    async send(key, nowMs) {
      const headers = { authorization: `Bearer ${key}`, "x-bench-now": String(nowMs) };
      const response = await fetch(`${url}/v1/items/42`, { headers });
      await response.arrayBuffer();
      return response.status;
    },
    async takeCounts(nowMs) {
      const headers = { "x-bench-now": String(nowMs) };
      const response = await fetch(`${url}/bench-counts`, { headers });
      return response.json();
    },
  };
}
