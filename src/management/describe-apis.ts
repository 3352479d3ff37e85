/** What a caller has to know of the configured APIs to make keys for them; a member of its own alone. */
import { defaultEnvironment, type Api } from "../core/api.ts";
import type { Accounts } from "../core/ports.ts";
import { modesFrom, type SigningMode } from "../core/signing.ts";
import type { Limits } from "../core/window.ts";
import { loadAccount } from "./accounts.ts";
import { succeed, type Outcome } from "./outcome.ts";
import type { Scope } from "./scope.ts";

/** An API in an answer. */
export interface ApiRepresentation {
  readonly name: string;
  readonly environments: readonly string[];
  readonly default_environment: string;
  readonly limits: Limits;
  /** How requests may have to be signed: the API's own way first, then those that ask for more. */
  readonly signing: readonly SigningMode[];
  readonly recoverable: boolean;
}

/** The configured APIs within the scope. */
export async function describeApis(
  ports: { readonly apis: readonly Api[]; readonly accounts: Accounts },
  scope: Scope,
): Promise<Outcome<readonly ApiRepresentation[]>> {
  if (scope.account === null) return succeed(ports.apis.map(formatApi));
  const own = await loadAccount(ports, scope.account);
  if (!own.ok) return own;
  return succeed(ports.apis.filter(({ name }) => name === own.value.account.api).map(formatApi));
}

function formatApi(api: Api): ApiRepresentation {
  return {
    name: api.name,
    environments: Object.keys(api.key.environments),
    default_environment: defaultEnvironment(api),
    limits: api.limits,
    signing: modesFrom(api.signing),
    recoverable: api.recoverable,
  };
}
