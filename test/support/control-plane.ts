/** Management over ports in memory: every call is recorded, any one can be made to fail. */
import { DEFAULT_RULES } from "../../src/core/alert-rules.ts";
import type { Api } from "../../src/core/api.ts";
import { UNUSED, type KeyUse } from "../../src/core/decision.ts";
import { changeKey } from "../../src/core/key-change.ts";
import type {
  Accounts,
  Change,
  Directory,
  KeyringUse,
  KeyStates,
  Log,
} from "../../src/core/ports.ts";
import { composeRecord, type Account, type Key, type KeyRecord } from "../../src/core/record.ts";
import { NOTHING_FOUND } from "../../src/core/usage-query.ts";
import { createManagement, type ManagementDeps } from "../../src/management/rest.ts";
import { KEYRING } from "./key-texts.ts";

export const OPERATOR_TOKEN = "operator-token-of-the-tests-0123456789";

/** 2026-11-20T12:00:00Z */
const NOW_MS = 1_795_176_000_000;

const DEFRAME: Api = {
  name: "deframe",
  match: [{ host: null, path: null }],
  origin: { kind: "url", url: "https://origin.example.com" },
  testOrigin: { kind: "url", url: "https://origin.example.com" },
  credential: [{ in: "header", name: "x-api-key" }],
  key: {
    environments: { development: "dev_key_", production: "prod_key_" },
    alphabet: "base62",
    length: 40,
  },
  dialect: "nested-error",
  limits: { minute: 100, hour: 1000 },
  environments: ["development", "production"],
  paths: "strict",
  forwardTimeoutMs: 30_000,
  recoverable: false,
  acceptImported: false,
  selfService: [],
  signing: "optional",
  maxSignedBodyBytes: 1024 * 1024,
  blockedIps: [],
  permissions: [],
  costs: [],
  corsOrigins: null,
  assertion: false,
  location: null,
};

/** An answer as a test reads it. */
interface Answered {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly body: Readonly<Record<string, unknown>>;
  /** The envelope's `data`, or an empty object. */
  readonly data: Readonly<Record<string, unknown>>;
  /** The fields that a refusal names. */
  readonly fields: readonly string[];
}

export interface ControlPlane {
  readonly accounts: Map<string, Account>;
  readonly keys: Map<string, { readonly account: string; readonly key: Key }>;
  readonly uses: Map<string, KeyUse>;
  /** The names of the ports' methods that were called, in order. */
  readonly calls: string[];
  readonly logged: string[];
  /** How many keys have not confirmed the next change. */
  pending: number;
  /** How many of the next keys have an id that is taken. */
  takenIds: number;
  /** Thrown by every port while it is set. */
  failure: unknown;
  health: Readonly<Record<string, boolean>>;
  /** What the directory knows of the keyring's use. */
  keyringUse: KeyringUse;
  call(method: string, path: string, body?: unknown): Promise<Answered>;
  /** A call with a body, headers and token of the test's own. */
  send(path: string, init: RequestInit): Promise<Answered>;
}

/** Builds management over empty ports. `changes` replaces what it is given. */
export function createControlPlane(changes: Partial<ManagementDeps> = {}): ControlPlane {
  const plane: ControlPlane = {
    accounts: new Map(),
    keys: new Map(),
    uses: new Map(),
    calls: [],
    logged: [],
    pending: 0,
    takenIds: 0,
    failure: null,
    keyringUse: { count: null, counting: true, reencryption: null },
    health: { kv: true, key_state: true, account: true, directory: true },
    async call(method, path, body) {
      const headers = { "content-type": "application/json" };
      return plane.send(path, {
        method,
        headers: { ...headers, authorization: `Bearer ${OPERATOR_TOKEN}` },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
    },
    async send(path, init) {
      const request = new Request(`https://api.example.com${path}`, init);
      return readAnswer(await handle(request, "req_1"));
    },
  };
  const log: Log = (level, event, fields) =>
    void plane.logged.push(`${level} ${event} ${JSON.stringify(fields)}`);
  const handle = createManagement({
    apis: [DEFRAME],
    judgeKey: async () => {
      note(plane, "judgeKey");
      return { allowed: false, reason: "unknown_key", principal: null, windows: [] };
    },
    keyStore: { load: async () => null, loadImported: async () => null },
    keyOwners: { findAccount: async (id) => plane.keys.get(id)?.account ?? null },
    operatorTokens: [OPERATOR_TOKEN],
    signInFailures: { count: async () => ({ openedAtMs: NOW_MS, count: 1 }) },
    memberTokens: null,
    dashboard: { load: async () => null },
    sessions: { call: async () => null },
    keyring: KEYRING,
    accounts: createAccounts(plane),
    keyStates: createKeyStates(plane),
    directory: createDirectory(plane),
    checkHealth: async () => plane.health,
    assertions: { listPublicKeys: async () => [] },
    webhooksToLoopback: false,
    log,
    now: () => NOW_MS,
    drawBytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
    ...changes,
  });
  return plane;
}

async function readAnswer(response: Response): Promise<Answered> {
  const text = await response.text();
  const body = (text === "" ? {} : JSON.parse(text)) as Record<string, unknown>;
  const data = (body["data"] ?? {}) as Readonly<Record<string, unknown>>;
  const error = body["error"] as { readonly details?: readonly { field: string }[] } | undefined;
  const fields = error?.details?.map(({ field }) => field) ?? [];
  return { status: response.status, headers: response.headers, text, body, data, fields };
}

function note(plane: ControlPlane, name: string): void {
  plane.calls.push(name);
  if (plane.failure !== null) throw plane.failure;
}

function createAccounts(plane: ControlPlane): Accounts {
  function change(id: string, changed: Partial<Account>): Change<Account> {
    const account = plane.accounts.get(id);
    if (account === undefined) return { kind: "not_found" };
    const value = { ...account, ...changed, version: account.version + 1 };
    plane.accounts.set(id, value);
    return { kind: "done", value, pending: plane.pending };
  }
  function recordOf(accountId: string, keyId: string): KeyRecord | null {
    const account = plane.accounts.get(accountId);
    const entry = plane.keys.get(keyId);
    if (account === undefined || entry?.account !== accountId) return null;
    return composeRecord(account, entry.key);
  }
  return {
    async create(account) {
      note(plane, "accounts.create");
      if (plane.accounts.has(account.id)) return { kind: "conflict", message: "taken" };
      plane.accounts.set(account.id, account);
      return { kind: "done", value: account, pending: 0 };
    },
    async load(id) {
      note(plane, "accounts.load");
      const account = plane.accounts.get(id);
      return account === undefined ? null : { account, pending: plane.pending };
    },
    async patch(id, patch) {
      note(plane, "accounts.patch");
      return change(id, patch);
    },
    async suspend(id, reason) {
      note(plane, "accounts.suspend");
      return change(id, { suspendedAtMs: NOW_MS, suspendedReason: reason });
    },
    async reactivate(id) {
      note(plane, "accounts.reactivate");
      return change(id, { suspendedAtMs: null, suspendedReason: null });
    },
    async createKey(accountId, key) {
      note(plane, "accounts.createKey");
      const account = plane.accounts.get(accountId);
      if (account === undefined) return { kind: "not_found" };
      if (plane.takenIds > 0) {
        plane.takenIds -= 1;
        return { kind: "taken" };
      }
      plane.keys.set(key.id, { account: accountId, key });
      return { kind: "done", value: composeRecord(account, key), pending: plane.pending };
    },
    async loadKey(accountId, keyId) {
      note(plane, "accounts.loadKey");
      return recordOf(accountId, keyId);
    },
    async listKeys(accountId, { active, limit }) {
      note(plane, "accounts.listKeys");
      const account = plane.accounts.get(accountId);
      if (account === undefined) return null;
      const own = [...plane.keys.values()].filter((entry) => entry.account === accountId);
      const shown = own.map(({ key }) => key).filter((key) => !active || key.revokedAtMs === null);
      const nextCursor = shown.length > limit ? String(limit) : null;
      return { account, keys: shown.slice(0, limit), nextCursor };
    },
    async countKeys(accountId) {
      note(plane, "accounts.countKeys");
      return [...plane.keys.values()].filter((entry) => entry.account === accountId).length;
    },
    async changeKey(accountId, keyId, keyChange) {
      note(plane, `accounts.changeKey ${keyChange.kind}`);
      const record = recordOf(accountId, keyId);
      if (record === null) return { kind: "not_found" };
      const key = changeKey(record.key, keyChange, NOW_MS);
      if (key === null) return { kind: "conflict", message: "the key is revoked" };
      plane.keys.set(keyId, { account: accountId, key });
      return { kind: "done", value: { ...record, key }, pending: plane.pending };
    },
    async listAudit() {
      note(plane, "accounts.listAudit");
      return null;
    },
    async verifyAudit() {
      note(plane, "accounts.verifyAudit");
      return null;
    },
    async noteReveal(_, keyId) {
      note(plane, `accounts.noteReveal ${keyId}`);
    },
    async loadAlerts(id) {
      note(plane, "accounts.loadAlerts");
      return plane.accounts.has(id) ? { rules: DEFAULT_RULES, webhook: null } : null;
    },
    async saveAlerts(id, { rules }) {
      note(plane, "accounts.saveAlerts");
      const settings = { rules, webhook: null };
      return plane.accounts.has(id) ? { settings, secretTaken: false } : null;
    },
    async listAlertEvents() {
      note(plane, "accounts.listAlertEvents");
      return null;
    },
    async reportMissing() {
      note(plane, "accounts.reportMissing");
    },
  };
}

function createKeyStates(plane: ControlPlane): KeyStates {
  return {
    async decide() {
      throw new Error("management decides about no request");
    },
    async observe() {
      throw new Error("management sees no answers of an origin");
    },
    async readUsage(keyId) {
      note(plane, "keyStates.readUsage");
      return plane.keys.has(keyId) ? NOTHING_FOUND : null;
    },
    async describe(keyId) {
      note(plane, "keyStates.describe");
      const entry = plane.keys.get(keyId);
      const account = plane.accounts.get(entry?.account ?? "");
      if (entry === undefined || account === undefined) return null;
      return { record: composeRecord(account, entry.key), use: plane.uses.get(keyId) ?? UNUSED };
    },
  };
}

function createDirectory(plane: ControlPlane): Directory {
  return {
    async list({ api, q, limit, cursor }) {
      note(plane, `directory.list ${api} ${q} ${limit} ${cursor}`);
      const accounts = [...plane.accounts.values()].slice(0, limit);
      const nextCursor = plane.accounts.size > limit ? "1000:acc_1" : null;
      return { accounts, nextCursor };
    },
    async noteStrays() {
      throw new Error("management refuses no request to an API");
    },
    async readStrays(api) {
      note(plane, `directory.readStrays ${api}`);
      return [];
    },
    async readKeyring() {
      note(plane, "directory.readKeyring");
      return plane.keyringUse;
    },
    async reencrypt(entry, by) {
      note(plane, `directory.reencrypt ${entry} ${by.actor} ${by.requestId}`);
      return plane.keyringUse;
    },
  };
}
