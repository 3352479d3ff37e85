/**
 * Memory by the number of keys. An object holds about three file descriptors open in the local runtime,
 * which ends near 6,600 of them; deployed, they are spread over many machines. So 100,000 keys meet a
 * stand-in that decides for any key, and what is seen is the isolate with its caches.
 */
import { sendAll } from "./load/saturate.ts";
import type { Options } from "./options.ts";
import { formatGet } from "./scenarios.ts";
import {
  createAccount,
  createKeys,
  formatSettings,
  OBJECTS,
  startAuthorizer,
} from "./subjects/authorizer.ts";
import { drawKeyTexts } from "./subjects/key-texts.ts";
import { readMemoryMib } from "./subjects/process-stat.ts";
import { startWorkerd } from "./subjects/workerd.ts";

/** What a process held after it had served so many keys. */
export interface Memory {
  readonly name: string;
  readonly mib: number;
}

const REQUESTS = 5000;
const CONNECTIONS = 24;

/** Measures 1 and 1,000 keys with their objects, then many keys without. */
export async function measureMemory(
  originUrl: string,
  { quick }: Options,
): Promise<readonly Memory[]> {
  const real = await startAuthorizer(originUrl);
  const keys = await createKeys(real.port, await createAccount(real.port, "bench"), 1);
  const serve = async (texts: readonly string[]): Promise<number> => {
    const requests = texts.map((text) => formatGet(text));
    const repeated = Array.from({ length: REQUESTS }, (_, i) => requests[i % requests.length]);
    await sendAll(
      real.port,
      repeated.flatMap((request) => request ?? []),
      200,
      CONNECTIONS,
    );
    return readMemoryMib(real.pid);
  };
  const one = await serve(keys.map(({ text }) => text));
  const more = await createKeys(real.port, await createAccount(real.port, "bench"), 1000);
  const thousand = await serve(more.map(({ text }) => text));
  await real.stop();

  const count = quick ? 10_000 : 100_000;
  const options = { objects: OBJECTS, kv: {}, values: formatSettings(originUrl) };
  const simulated = await startWorkerd("bench/workers/any-key.ts", options);
  const [first] = await createKeys(simulated.port, await createAccount(simulated.port, "bench"), 1);
  await sendAll(simulated.port, [formatGet(first?.text ?? "")], 200, 1);
  const texts = await drawKeyTexts(count);
  await sendAll(
    simulated.port,
    texts.map((text) => formatGet(text)),
    200,
    CONNECTIONS,
  );
  const many = readMemoryMib(simulated.pid);
  await simulated.stop();
  return [
    { name: "1 key, its object in the process", mib: one },
    { name: "1,000 keys, their objects in the process", mib: thousand },
    { name: `${count.toLocaleString("en")} keys, their objects elsewhere (stand-in)`, mib: many },
  ];
}
