/** Everything that `npm run bench` measures, running, with the keys it uses. */
import { createAccount, createKeys, startAuthorizer, type BenchKey } from "./authorizer.ts";
import { drawKeyTexts } from "./key-texts.ts";
import type { Subject } from "./subject.ts";
import { startWorkerd } from "./workerd.ts";

/** The measured processes and the keys. */
export interface Stage {
  readonly authorizer: Subject;
  readonly proxy: Subject;
  readonly hello: Subject;
  readonly bound: Subject;
  readonly keys: StageKeys;
}

interface StageKeys {
  /** The account that owns `many`. */
  readonly account: string;
  readonly warm: BenchKey;
  readonly many: readonly BenchKey[];
  readonly rpc: BenchKey;
  /** A key whose only request of the month was made. */
  readonly limited: BenchKey;
  /** A key's text with another tag. */
  readonly junk: string;
  /** Texts with the right tag that were never issued. */
  readonly unknown: readonly string[];
}

/** A key's object holds about three descriptors open, and an unknown id's one too. */
export const MANY_KEYS = 1000;
/** As many as a management list shows at once. */
export const FEW_KEYS = 100;
const UNKNOWN_TEXTS = 500;

/** Starts all of them, with so many keys. `copies` are isolates of the authorizer that know no key. */
export async function startStage(originUrl: string, keyCount: number, copies = 0): Promise<Stage> {
  const authorizer = await startAuthorizer(originUrl, copies);
  const keys = await createStageKeys(authorizer.port, keyCount);
  const answers = {
    junk: await recordAnswer(authorizer.port, keys.junk, 401),
    limited: await recordAnswer(authorizer.port, keys.limited.text, 429),
  };
  const objects = { COUNTER: "Counter" };
  const values = { ORIGIN: originUrl };
  const [proxy, hello, bound] = await Promise.all([
    startWorkerd("bench/workers/hono-proxy.ts", { values }),
    startWorkerd("bench/workers/hono-hello.ts", { values: { ANSWERS: answers } }),
    startWorkerd("bench/workers/bound.ts", { values, objects }),
  ]);
  return { authorizer, proxy, hello, bound, keys };
}

/** Ends all of them. */
export async function stopStage({ authorizer, proxy, hello, bound }: Stage): Promise<void> {
  await Promise.all([authorizer, proxy, hello, bound].map((subject) => subject.stop()));
}

async function createStageKeys(port: number, keyCount: number): Promise<StageKeys> {
  const account = await createAccount(port, "bench");
  const rpcAccount = await createAccount(port, "rpc");
  const [warm] = await createKeys(port, await createAccount(port, "bench"), 1);
  const [rpc] = await createKeys(port, rpcAccount, 1);
  const [limited] = await createKeys(port, await createAccount(port, "bench"), 1, {
    limits: { month: 1 },
  });
  if (!warm || !rpc || !limited) throw new Error("no key was made");
  await recordAnswer(port, limited.text, 200);
  return {
    account,
    warm,
    many: await createKeys(port, account, keyCount),
    rpc,
    limited,
    junk: spoil(warm.text),
    unknown: await drawKeyTexts(UNKNOWN_TEXTS),
  };
}

/** Another last character: a mistyped key. */
function spoil(text: string): string {
  return text.slice(0, -1) + (text.endsWith("x") ? "y" : "x");
}

/** What the authorizer answers to a key, as it can be replayed. */
async function recordAnswer(port: number, key: string, status: number): Promise<object> {
  const url = `http://127.0.0.1:${port}/v1/items/42`;
  const response = await fetch(url, { headers: { authorization: `Bearer ${key}` } });
  const body = await response.text();
  if (response.status !== status) throw new Error(`answered ${response.status}: ${body}`);
  const connection = new Set(["connection", "content-length", "transfer-encoding", "date"]);
  const headers = [...response.headers].filter(([name]) => !connection.has(name));
  return { status, headers: Object.fromEntries(headers), body };
}
