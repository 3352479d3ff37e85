/** Replays in volume: run with `npm run test:deep`. */
import { evictDurableObject } from "cloudflare:test";
import { expect, it } from "vitest";
import { call, keyStateOf, makeKey } from "../support/gateway.ts";
import { signed } from "../support/signing-key.ts";

it(
  "of 1,000 signed messages in 100 copies each, with restarts, every one is forwarded once",
  { timeout: 1_200_000 },
  async () => {
    const key = await makeKey({ limits: { day: 1_000_000 } });
    let forwarded = 0;
    for (let message = 0; message < 1000; message += 5) {
      const requests = await Promise.all(
        Array.from({ length: 5 }, (_, index) =>
          signed(key, { method: "POST", body: `{"n":${message + index}}` }),
        ),
      );
      const copies = requests.flatMap((request) => Array.from({ length: 100 }, () => request));
      const answers = Promise.all(
        copies.map(async ([path, init]) => (await call(path, init)).status),
      );
      if (message % 300 === 0) await evictDurableObject(keyStateOf(key.id));
      forwarded += (await answers).filter((status) => status === 200).length;
    }
    expect(forwarded).toBe(1000);
  },
);
