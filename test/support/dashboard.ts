/** The dashboard as a person uses it: signed in, and with statistics that a test has made up. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { parseEnv } from "node:util";
import { SignJWT } from "jose";
import type { BrowserContext, Page } from "playwright-core";
import type { RunningServer } from "./server.ts";

/** A day of statistics by the hour, the last hour of it ended at a fixed moment. */
export const USAGE = {
  from: "2026-11-19T12:00:00.000Z",
  to: "2026-11-20T12:00:00.000Z",
  interval: "hour",
  totals: {
    requests: 2540,
    refused: { rate_limited: 31, ip_not_allowed: 4 },
    status: { "2xx": 2490, "4xx": 44, "5xx": 6 },
  },
  buckets: Array.from({ length: 24 }, (_, hour) => ({
    start: new Date(Date.UTC(2026, 10, 19, 12 + hour)).toISOString(),
    requests: 40 + ((hour * 37) % 90),
    refused: { rate_limited: hour % 5, ip_not_allowed: hour % 7 === 0 ? 1 : 0 },
    status: { "2xx": 38 + ((hour * 37) % 90), "4xx": hour % 3, "5xx": hour % 11 === 0 ? 1 : 0 },
    latency_ms: { p50: 12 + (hour % 4), p95: 40 + (hour % 9), p99: 90 + (hour % 13) },
  })),
  top_endpoints: [
    { endpoint: "GET /strategies", requests: 2100 },
    { endpoint: "POST /orders", requests: 440 },
  ],
  top_ips: [
    { ip: "203.0.113.7", requests: 2300 },
    { ip: "198.51.100.9", requests: 240 },
  ],
  top_countries: [
    { country: "DE", requests: 2290 },
    { country: "T1", requests: 250 },
  ],
} as const;

const EVENTS = [
  {
    id: "evt_2",
    at: "2026-11-20T11:30:00.000Z",
    rule: "high_volume",
    key: null,
    phase: "ended",
    details: { since: "2026-11-20T10:30:00.000Z" },
    delivery: "pending",
  },
  {
    id: "evt_1",
    at: "2026-11-20T11:00:00.000Z",
    rule: "new_ip",
    key: "key_1",
    phase: "started",
    details: { ips: ["198.51.100.9", "198.51.100.10"] },
    delivery: "failed",
  },
] as const;

/** Answers the page's requests for statistics, and for what alert rules have found. */
export async function answerStatistics(page: Page): Promise<void> {
  await page.route("**/usage?*", (route) =>
    route.fulfill({ json: { success: true, data: USAGE } }),
  );
  await page.route("**/alerts/events?*", (route) =>
    route.fulfill({ json: { success: true, data: EVENTS, next_cursor: null } }),
  );
}

/** Opens the dashboard and signs in with a token. */
export async function signInWith(page: Page, token: string): Promise<void> {
  await page.goto("/manage/");
  await page.getByLabel("Token").fill(token);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("button", { name: "Sign out" }).waitFor();
}

/** Signs a page's profile in without its sign-in, which has tests of its own. */
export async function enterWith(
  context: BrowserContext,
  server: RunningServer,
  token: string,
): Promise<void> {
  const response = await fetch(`${server.url}/manage/session`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}` },
  });
  const [pair = ""] = (response.headers.get("set-cookie") ?? "").split(";");
  const [name = "", value = ""] = pair.split("=");
  // The browser takes such a cookie for a secure address only; it sends it to a loopback one, too.
  const url = server.url.replace("http:", "https:");
  await context.addCookies([{ name, value, url, secure: true, sameSite: "Strict" }]);
}

/** A member's token of a running server. */
export function makeMemberToken(server: RunningServer, account: string): Promise<string> {
  const secrets = parseEnv(readFileSync(path.join(server.stateDir, ".dev.vars"), "utf8"));
  return new SignJWT({ sub: account })
    .setProtectedHeader({ alg: "HS256", typ: "JWT" })
    .setExpirationTime("10m")
    .sign(new TextEncoder().encode(secrets["JWT_SECRET"]));
}

/** Everything that the page keeps or shows, as text: the document, both storages, the address, its state. */
export async function readEverything(page: Page): Promise<string> {
  const found: unknown = await page.evaluate(`JSON.stringify([
    document.documentElement.outerHTML,
    [...document.querySelectorAll("input, textarea")].map(({ value }) => value),
    { ...localStorage }, { ...sessionStorage }, location.href, history.state, document.cookie,
  ])`);
  return String(found);
}
