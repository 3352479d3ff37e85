/** What a user would take instead, started in front of the same origin. */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { findFreePort, startProgram } from "./program.ts";
import type { Subject } from "./subject.ts";
import { startWorkerd } from "./workerd.ts";

const DIR = path.resolve(import.meta.dirname, "../peers");
const NGINX_MODULE = "/usr/lib/nginx/modules/ngx_http_lua_module.so";

/** The key that all of them know. */
export const PEER_KEY = "sk_live_0123456789abcdefghijklmnopqrstuvwxyzABCD";

/** One of them: how to start it, and what it leaves out that the authorizer does. */
export interface Peer {
  readonly name: string;
  readonly runsOn: string;
  readonly lacks: string;
  /** Why it cannot be measured here and what to do about it; `null` when it can. */
  readonly obstacle: string | null;
  readonly start: (originUrl: string) => Promise<Subject>;
}

const HONO_LACKS =
  "plain-text keys; revoking takes KV's minute; one window; not exact: concurrent requests lose counts";

/** All of them. */
export const PEERS: readonly Peer[] = [
  {
    name: "hono-rate-limiter and KV",
    runsOn: "the same workerd",
    lacks: `${HONO_LACKS}, and KV takes one write a second for each key`,
    obstacle: null,
    start: (origin) => startHonoRateLimiter(origin, "kv"),
  },
  {
    name: "hono-rate-limiter, memory",
    runsOn: "the same workerd",
    lacks: `${HONO_LACKS}, each isolate has a limit of its own`,
    obstacle: null,
    start: (origin) => startHonoRateLimiter(origin, "memory"),
  },
  {
    name: "KV get and object write",
    runsOn: "the same workerd",
    lacks: "revoking takes KV's minute; one window; a billed row and a KV read for each request",
    obstacle: null,
    start: startNaive,
  },
  {
    name: "better-auth",
    runsOn: `Node ${process.versions.node}, SQLite on its disk`,
    lacks: "one machine: no edge; a database on another costs a round trip more; one window",
    obstacle: null,
    start: (origin) => startBetterAuth(origin, "sqlite"),
  },
  {
    name: "better-auth, memory",
    runsOn: `Node ${process.versions.node}, adapter over memory`,
    lacks: "one process: keys and counts are lost with it and shared with nobody",
    obstacle: null,
    start: (origin) => startBetterAuth(origin, "memory"),
  },
  {
    name: "nginx and Lua",
    runsOn: "nginx, one worker process",
    lacks:
      "one machine: no edge, counts not exact across nodes; plain-text keys; a change is a reload",
    obstacle: existsSync(NGINX_MODULE)
      ? null
      : "not installed: apt-get install nginx libnginx-mod-http-lua",
    start: startNginx,
  },
];

/** Installs their packages beside them, where the product never sees them. */
export function installPeers(): void {
  const npm = ["ci", "--prefix", DIR, "--no-audit", "--no-fund", "--silent"];
  execFileSync("npm", npm, { stdio: ["ignore", "ignore", "inherit"] });
}

function startHonoRateLimiter(originUrl: string, store: "kv" | "memory"): Promise<Subject> {
  const kv = { [`key:${PEER_KEY}`]: JSON.stringify({ account: "bench" }) };
  const values = { ORIGIN: originUrl, STORE: store };
  return startWorkerd("bench/peers/hono-rate-limiter.js", { kv, values });
}

function startNaive(originUrl: string): Promise<Subject> {
  const hash = createHash("sha256").update(PEER_KEY).digest("hex");
  const kv = { [hash]: JSON.stringify({ limit: 1_000_000_000 }) };
  const objects = { COUNTER: "Counter" };
  return startWorkerd("bench/workers/naive.ts", { kv, objects, values: { ORIGIN: originUrl } });
}

async function startBetterAuth(originUrl: string, store: "sqlite" | "memory"): Promise<Subject> {
  const port = await findFreePort();
  const dir = mkdtempSync(path.join(tmpdir(), "edge-authorizer-better-auth-"));
  const variables = {
    DATABASE: store === "memory" ? store : path.join(dir, "keys.sqlite"),
    KEY: PEER_KEY,
    ORIGIN: originUrl,
    PORT: String(port),
    NODE_ENV: "production",
  };
  return startProgram([process.execPath, path.join(DIR, "better-auth.js")], port, variables);
}

async function startNginx(originUrl: string): Promise<Subject> {
  const port = await findFreePort();
  const dir = mkdtempSync(path.join(tmpdir(), "edge-authorizer-nginx-"));
  const filled = { DIR: dir, KEY: PEER_KEY, ORIGIN: new URL(originUrl).host, PORT: String(port) };
  const config = Object.entries(filled).reduce(
    (text, [name, value]) => text.replaceAll(`@${name}@`, value),
    readFileSync(path.join(DIR, "nginx.conf.template"), "utf8"),
  );
  const file = path.join(dir, "nginx.conf");
  writeFileSync(file, config);
  return startProgram(["nginx", "-p", dir, "-c", file], port);
}
