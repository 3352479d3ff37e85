/** One request on its way through the stages: what is known of it so far. */
import type { Api } from "../core/api.ts";
import { forwardedPathname } from "../core/credential.ts";
import type { CallSignature } from "../core/decision.ts";
import { Deadline } from "../core/deadline.ts";
import { findMostSpecific, withoutTrailingSlash, type Endpoint } from "../core/endpoint.ts";
import type { RpcCalls } from "../core/json-rpc.ts";
import type { Keyring } from "../core/keyring.ts";
import type {
  Accounts,
  Assertions,
  Directory,
  KeyStates,
  KeyStore,
  Log,
  Origins,
} from "../core/ports.ts";
import { decodeUnreserved, foldEscapes } from "../core/path.ts";
import type { KeyRecord } from "../core/record.ts";
import type { Refusal } from "../core/refusal.ts";
import type { RequestFacts } from "../core/restriction.ts";
import { readHeaders, type SentHeaders } from "../core/sent-headers.ts";
import { readSignature } from "../core/signature.ts";
import type { SelfService } from "../core/self-service.ts";
import type { Target } from "../core/target.ts";
import type { WindowView } from "../core/window.ts";
import type { MissMemory } from "./miss-memory.ts";
import type { RecordCache } from "./record-cache.ts";
import type { RefusalMemory } from "./refusal-memory.ts";
import type { SigningSecrets } from "./signing-secrets.ts";
import type { StrayMemory } from "./stray-memory.ts";
import type { TextMemory } from "./text-memory.ts";
import type { UsageMemory } from "./usage-memory.ts";

export interface Exchange {
  readonly request: Request;
  /** The headers of `request`. */
  readonly headers: SentHeaders;
  readonly url: Target;
  readonly api: Api;
  readonly requestId: string;
  /**
   * The endpoint as permissions and costs see it: a path key as its `forward` path, no slash at the end,
   * and whatever an origin may read as the same path in one spelling.
   */
  readonly endpoint: Endpoint;
  /** The same as a key's own rules see it: a slash at the end is another endpoint. */
  readonly ruleEndpoint: Endpoint;
  /** The request as restrictions see it; found by `factsOf` when it is first asked for. */
  facts: RequestFacts | null;
  /** What this request takes from every window; multiplied by the calls of a batch. */
  cost: number;
  /** The body, where a stage had to read it. */
  body: Uint8Array<ArrayBuffer> | null;
  /** The calls of the body, in APIs that speak JSON-RPC; set by `readCalls`. */
  rpc: RpcCalls | null;
  /** What is wrong with the body; told only to a key that is in force, and costs it nothing. */
  bodyRefusal: Refusal | null;
  /** The presented text; set by `findKeyText`. A secret: it is never logged. */
  keyText: string;
  /** The key the text says it is of; set by `identifyKey`. */
  identity: KeyIdentity | null;
  /** How far the request's signature has been judged; set by the judge "signature". */
  signature: CallSignature;
  /** How far the key's object knows of the request, by which it is known what it has to be told. */
  progress: Progress;
  /** The key's record; set by `admit`, never older than the decision. */
  record: KeyRecord | null;
  /** The key's windows after the decision: there once the key is recognised. */
  windows: readonly WindowView[];
  /** The clock by which the windows open: that of the key's object. */
  windowsAtMs: number;
  /**
   * Whether work goes on after the answer. Without it the platform gives up what a request has begun once it
   * is answered, or its client has left; with it that has to be done here.
   */
  lingers: boolean;
  /** What its stages wait by; ended when the last of them has ended. */
  readonly deadline: Deadline;
  /** When the request came, epoch ms. */
  readonly startedAtMs: number;
}

/** Nothing, that it was admitted, or that it was refused and why. */
export type Progress = "unknown" | "admitted" | "refused";

/** The exchange of a request that nothing is known of yet but its API. */
export function startExchange(
  request: Request,
  url: Target,
  api: Api,
  requestId: string,
  nowMs: number,
): Exchange {
  const { method } = request;
  const forwarded = forwardedPathname(api.credential, url.pathname);
  const endpoint = { method, pathname: withoutTrailingSlash(foldEscapes(forwarded)) };
  const headers = readHeaders(request.headers);
  return {
    request,
    headers,
    facts: null,
    url,
    api,
    requestId,
    endpoint,
    ruleEndpoint: { method, pathname: decodeUnreserved(forwarded) },
    cost: findMostSpecific(api.costs, endpoint)?.cost ?? 1,
    body: null,
    rpc: null,
    bodyRefusal: null,
    keyText: "",
    identity: null,
    signature: { kind: readSignature(headers).present ? "unverified" : "none" },
    progress: "unknown",
    record: null,
    windows: [],
    windowsAtMs: 0,
    lingers: false,
    deadline: new Deadline(),
    startedAtMs: nowMs,
  };
}

/** What a text with a fitting check tag tells by itself. */
export interface KeyIdentity {
  readonly keyId: string;
  readonly textHash: string;
  /** The keyring entry that made the text, `null` of an imported key. */
  readonly entry: string | null;
}

/** What the stages need of the outside. */
export interface GatewayPorts {
  readonly keyring: Keyring;
  readonly keyStore: KeyStore;
  readonly keyStates: KeyStates;
  readonly accounts: Accounts;
  readonly directory: Pick<Directory, "noteStrays">;
  readonly identities: TextMemory<KeyIdentity>;
  /** Texts whose check tag does not fit: nothing is to be found out about them but that. */
  readonly forged: TextMemory<true>;
  readonly records: RecordCache;
  /** Hashes that no imported key has. */
  readonly misses: MissMemory;
  /** Keys whose record was found to be missing in KV, and whose account has been told. */
  readonly reported: MissMemory;
  readonly refusals: RefusalMemory;
  readonly usage: UsageMemory;
  readonly strays: StrayMemory;
  readonly signingSecrets: SigningSecrets;
  readonly origins: Origins;
  readonly assertions: Assertions;
  readonly selfService: SelfService;
  readonly log: Log;
  readonly now: () => number;
  /** Resolves after so many milliseconds. */
  readonly wait: (milliseconds: number) => Promise<void>;
  /** Lets work go on after the answer. */
  readonly waitUntil: (work: Promise<unknown>) => void;
}

/** A step of the way: answers, refuses, or lets the request go on with `null`. */
export type Stage = (exchange: Exchange, ports: GatewayPorts) => Promise<Outcome>;
export type Outcome = Response | Refusal | null;

/** A step that judges a known key's request with the record at hand, again when that changes. */
export type Judge = (
  exchange: Exchange,
  record: KeyRecord,
  ports: GatewayPorts,
) => Promise<Refusal | null>;
