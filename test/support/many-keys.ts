/** Thousands of keys of one account, written by the object's own SQL: no one has their texts. */
import * as tables from "../../src/adapters/account-tables.ts";
import { inAccount } from "./faults.ts";
import { makeKey } from "./records.ts";

const EPOCH_MS = 1_795_190_400_000;

/** Adds live keys to an account, all of them or some of them revoked; answers with their ids. */
export function insertKeys(
  account: string,
  count: number,
  isRevoked: (index: number) => boolean = () => false,
): Promise<readonly string[]> {
  const from = crypto.getRandomValues(new Uint32Array(1))[0] ?? 0;
  return inAccount(account, (storage) =>
    storage.transactionSync(() =>
      Array.from({ length: count }, (_, index) => {
        const id = `key_${`${from}x${index}`.padStart(12, "0").slice(-12)}`;
        const revokedAtMs = isRevoked(index) ? EPOCH_MS : null;
        const key = makeKey({ id, createdAtMs: EPOCH_MS, revokedAtMs });
        tables.insertKey(storage, key);
        tables.markKey(storage, id, "live");
        if (revokedAtMs !== null) tables.saveKey(storage, key);
        return id;
      }),
    ),
  );
}
