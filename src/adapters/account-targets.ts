/** Where an account's changes go: the keys' objects, KV and the deployment's directory. */
import { LOCATIONS, type DurableObjectLocation } from "../core/api.ts";
import { withDeadline } from "../core/deadline.ts";
import { createKeyring, type Keyring } from "../core/keyring.ts";
import { parseMasterKeys } from "../core/master-keys.ts";
import type { SpreadTargets } from "./account-spread.ts";
import { DIRECTORY_NAME } from "./directory.ts";
import { createKvKeyStore } from "./kv-key-store.ts";
import { callObject } from "./object-call.ts";

/** While KV hangs the alarm has objects to tell. */
const KV_DEADLINE_MS = 10_000;

/** The keyring of the deployment, `null` when `MASTER_KEYS` cannot be read. */
export function readKeyring(env: Cloudflare.Env): Keyring | null {
  const [first, ...others] = parseMasterKeys(env.MASTER_KEYS, []);
  return first === undefined ? null : createKeyring([first, ...others]);
}

/** The targets of this deployment. Without valid `MASTER_KEYS` the KV writes wait in the outbox. */
export function createSpreadTargets(env: Cloudflare.Env): SpreadTargets {
  const keyring = readKeyring(env);
  const store = keyring && createKvKeyStore(env.KEYS, keyring);
  return {
    install: (record) =>
      callObject(
        {
          part: "key_state",
          namespace: env.KEY_STATE,
          name: record.key.id,
          location: locationOf(env, record.api),
        },
        (remote) => remote.install(record),
      ),
    async saveToKv(record) {
      if (store === null) throw new Error("MASTER_KEYS cannot be read");
      // One that comes after all may find a newer record: the next change or report sets that right.
      return withDeadline(store.save(record, Date.now()), KV_DEADLINE_MS);
    },
    saveToDirectory: (account) =>
      callObject({ part: "directory", namespace: env.DIRECTORY, name: DIRECTORY_NAME }, (remote) =>
        remote.upsert(account),
      ),
  };
}

/** Where an API's configuration wants its keys' objects: the first call to a new one decides. */
function locationOf(env: Cloudflare.Env, api: string): DurableObjectLocation | null {
  const tables = env.APIS as readonly { readonly name?: unknown; readonly location?: unknown }[];
  const location = tables.find(({ name }) => name === api)?.location;
  return LOCATIONS.find((known) => known === location) ?? null;
}
