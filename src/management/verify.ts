/** The operation that judges a key without forwarding anything: what an own service asks for. */
import type { Api } from "../core/api.ts";
import type { Principal } from "../core/principal.ts";
import type { Reason } from "../core/refusal.ts";
import type { WindowView } from "../core/window.ts";
import { declineFields, succeed, type Outcome } from "./outcome.ts";
import type { VerifyBody } from "./schemas.ts";

/** What the data plane decides about a key and a request. */
export interface Verdict {
  readonly allowed: boolean;
  readonly reason: Reason | null;
  readonly principal: Principal | null;
  readonly windows: readonly WindowView[];
}

/** What this operation needs. */
export interface VerifyPorts {
  readonly apis: readonly Api[];
  readonly judgeKey: (
    request: {
      readonly key: string;
      readonly ip: string | null;
      readonly method: string;
      readonly path: string;
      readonly referrer: string | null;
      readonly cost: number;
    },
    api: Api,
    requestId: string,
  ) => Promise<Verdict>;
}

/** Judges a key for a request to an API; takes `cost` from its limits, 0 only reads. */
export async function verify(
  { apis, judgeKey }: VerifyPorts,
  body: VerifyBody,
  requestId: string,
): Promise<Outcome<Verdict>> {
  const api = apis.find(({ name }) => name === body.api);
  if (api === undefined) {
    const names = apis.map(({ name }) => name).join(", ");
    return declineFields({
      field: "api",
      message: `must be the name of a configured API (${names})`,
    });
  }
  const { key, cost, method, path } = body;
  const ip = body.ip ?? null;
  const referrer = body.referrer ?? null;
  return succeed(await judgeKey({ key, ip, method, path, referrer, cost }, api, requestId));
}
