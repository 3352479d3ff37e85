/** `npm run bench:latency`: which waiting a request takes on, seen by making KV and objects slow. */
import { startOrigin } from "./load/origin.ts";
import { readOptions } from "./options.ts";
import { spreadOf } from "./report/statistics.ts";
import { formatTable } from "./report/table.ts";
import { createAccount, createKeys, formatSettings, OBJECTS } from "./subjects/authorizer.ts";
import { moveToLoadCore } from "./subjects/process-stat.ts";
import { startWorkerd } from "./subjects/workerd.ts";

interface Delays {
  readonly kvMs: number;
  readonly objectMs: number;
}

/** The first is what the others are compared with. */
const NONE: Delays = { kvMs: 0, objectMs: 0 };
const INJECTED: readonly Delays[] = [
  { kvMs: 20, objectMs: 100 },
  { kvMs: 100, objectMs: 20 },
];
/** Timers and the machine add some of their own. */
const TOLERANCE_MS = 10;

const CASES = [
  { name: "warm key", status: 200, expect: ({ objectMs }: Delays) => objectMs },
  {
    name: "cold key",
    status: 200,
    expect: ({ kvMs, objectMs }: Delays) => Math.max(kvMs, objectMs),
  },
  { name: "junk key", status: 401, expect: () => 0 },
  { name: "over limit", status: 429, expect: () => 0 },
] as const;

const requests = readOptions().quick ? 5 : 20;
moveToLoadCore();
const origin = await startOrigin();
const values = formatSettings(origin.url);
const options = { objects: OBJECTS, kv: {}, values, copies: 1 + INJECTED.length };
const subject = await startWorkerd("bench/workers/delayed.ts", options);
const account = await createAccount(subject.port, "bench");
const [warm] = await createKeys(subject.port, account, 1);
const [spent] = await createKeys(subject.port, account, 1, { limits: { month: 1 } });
const cold = await createKeys(subject.port, account, requests);
const warmText = warm?.text ?? "";
const spentText = spent?.text ?? "";

const rows: string[][] = [];
const usual = await measureAll(NONE, subject.copies[0] ?? 0);
for (const [index, delays] of INJECTED.entries()) {
  const slow = await measureAll(delays, subject.copies[index + 1] ?? 0);
  for (const { name, expect } of CASES) {
    const added = (slow.get(name) ?? 0) - (usual.get(name) ?? 0);
    const expected = expect(delays);
    const met = Math.abs(added - expected) <= TOLERANCE_MS;
    const cells = [added.toFixed(1), String(expected), met ? "met" : "MISSED"];
    rows.push([name, String(delays.kvMs), String(delays.objectMs), ...cells]);
  }
}
await subject.stop();
origin.close();
console.log(`\nMedians of ${requests} requests, one at a time, in ms:\n`);
console.log(formatTable(["", "KV slower by", "objects by", "added", "expected", ""], rows));

/** The median wall time of each case in an isolate that knows no key yet. */
async function measureAll(delays: Delays, port: number): Promise<ReadonlyMap<string, number>> {
  await time(port, warmText, 200, NONE);
  await time(port, spentText, null, NONE);
  await time(port, spentText, 429, NONE);
  const texts: Readonly<Record<string, readonly string[]>> = {
    "warm key": cold.map(() => warmText),
    "cold key": cold.map(({ text }) => text),
    "junk key": cold.map(() => `${warmText.slice(0, -1)}${warmText.endsWith("x") ? "y" : "x"}`),
    "over limit": cold.map(() => spentText),
  };
  const medians = new Map<string, number>();
  for (const { name, status } of CASES) {
    const times: number[] = [];
    for (const text of texts[name] ?? []) times.push(await time(port, text, status, delays));
    medians.set(name, spreadOf(times).median);
  }
  return medians;
}

async function time(
  port: number,
  text: string,
  status: number | null,
  { kvMs, objectMs }: Delays,
): Promise<number> {
  const headers = {
    authorization: `Bearer ${text}`,
    "x-bench-kv-ms": String(kvMs),
    "x-bench-object-ms": String(objectMs),
  };
  const startMs = performance.now();
  const response = await fetch(`http://127.0.0.1:${port}/v1/items/42`, { headers });
  await response.arrayBuffer();
  if (status !== null && response.status !== status) {
    throw new Error(`status ${response.status} where ${status} was expected`);
  }
  return performance.now() - startMs;
}
