/** The principal: the authenticated caller of one request, as origins and stages see it. */
import type { KeyRecord } from "./record.ts";

export interface Principal {
  readonly keyId: string;
  readonly account: string;
  readonly api: string;
  readonly environment: string;
  readonly permissions: readonly string[];
}

/** The principal a record stands for. Whether it may do anything is decided elsewhere. */
export function principalOf(record: KeyRecord): Principal {
  return {
    keyId: record.key.id,
    account: record.account,
    api: record.api,
    environment: record.key.environment,
    permissions: record.key.permissions,
  };
}
