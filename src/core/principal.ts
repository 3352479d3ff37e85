/** The principal: the authenticated caller of one request, as origins and stages see it. */
import type { KeyRecord } from "./record.ts";

/** What a permission may be named: the same where an endpoint asks for it and where a key has it. */
export const PERMISSION_NAME = /^[a-z0-9][a-z0-9:_.*-]{0,63}$/;

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
