/**
 * The routes that an API offers its own key holders, where its configuration says so: which of them a
 * request is for, and on whose behalf it is served. An account comes from the caller alone.
 */
import { parseKeyText } from "../../core/key-text.ts";
import { refuse, type Refusal } from "../../core/refusal.ts";
import type { KeyCall, OwnCall, SelfService } from "../../core/self-service.ts";
import { loadAccount } from "../accounts.ts";
import { keyScope, memberScope } from "../scope.ts";
import {
  findAccountRoute,
  judgeAccountMethod,
  revealKey,
  showAccount,
  type AccountRoute,
  type AccountRoutePorts,
} from "./account.ts";
import { serveRpc } from "./json-rpc-body.ts";
import { findMember, hasTokenHeader, looksLikeToken, type MemberPorts } from "./member.ts";
import type { OwnKeysPorts } from "./own-keys.ts";
import { isRestPath, serveRest } from "./rest.ts";

/** What self-service needs. */
export interface SelfServicePorts extends OwnKeysPorts, AccountRoutePorts {
  readonly memberTokens: MemberPorts["memberTokens"];
}

/** Builds self-service over the management operations. */
export function createSelfService(ports: SelfServicePorts): SelfService {
  return {
    async serveMember(call, token) {
      const route = findRoute(call);
      if (route === null || !isForMember(call, route, token)) return null;
      const member = await findMember(ports, call.api, token);
      if (!member.ok) return member.refusal;
      const account = member.value;
      if (route === "keys") {
        return forHead(call, await serveRest(ports, call, memberScope(account, call.requestId)));
      }
      const refusal = judgeAccountMethod(call);
      if (refusal !== null) return refusal;
      if (route === "me") return forHead(call, showAccount(call, account));
      return forHead(call, await revealKey(ports, call, account));
    },

    async serveKey(call) {
      const route = findRoute(call);
      if (route === "keys") {
        return forHead(call, await serveRest(ports, call, keyScope(call.record, call.requestId)));
      }
      if (route !== null) return forHead(call, await serveAccountOfKey(ports, call, route));
      return call.api.selfService.includes("json-rpc") ? serveRpc(ports, call) : null;
    },
  };
}

type Route = "keys" | AccountRoute;

/** The own route of a path, `null` where the API does not offer it. */
function findRoute({ api, endpoint }: OwnCall): Route | null {
  const { pathname } = endpoint;
  if (api.selfService.includes("rest") && isRestPath(pathname)) return "keys";
  return api.selfService.includes("account") ? findAccountRoute(pathname) : null;
}

/** A key is shown to members alone, so there whatever is no key at all was meant as a token. */
function isForMember({ api }: OwnCall, route: Route, text: string): boolean {
  // Keys of other systems may have dots, too.
  const isToken = looksLikeToken(text) && (!api.acceptImported || hasTokenHeader(text));
  return isToken || (route === "api-key" && parseKeyText(api.key, text) === null);
}

async function serveAccountOfKey(
  ports: SelfServicePorts,
  call: KeyCall,
  route: AccountRoute,
): Promise<Response | Refusal> {
  const refusal = judgeAccountMethod(call);
  if (refusal !== null) return refusal;
  if (route === "api-key") {
    const message = "An API key is shown to members of its account, who send their token.";
    return refuse("invalid_token", { message, credentialSent: true });
  }
  const loaded = await loadAccount(ports, call.record.account);
  return loaded.ok ? showAccount(call, loaded.value.account) : loaded.refusal;
}

/** `HEAD` is answered like `GET`, without the body. */
function forHead({ endpoint }: OwnCall, outcome: Response | Refusal): Response | Refusal {
  if (endpoint.method !== "HEAD" || !(outcome instanceof Response)) return outcome;
  return new Response(null, outcome);
}
