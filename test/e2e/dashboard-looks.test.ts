/**
 * How each page of the dashboard looks at desktop and phone width, light and dark: a screenshot of each
 * for a person to look at, no barrier that axe-core finds, nothing beside the window, little to load.
 */
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, it, test } from "vitest";
import {
  findBarriers,
  isTooWide,
  launchBrowser,
  openPage,
  showAs,
  takeScreenshot,
  type WatchedPage,
} from "../support/browser.ts";
import { answerStatistics, enterWith } from "../support/dashboard.ts";
import { createKey, manage } from "../support/manage.ts";
import { startServer, type RunningServer } from "../support/server.ts";

let server: RunningServer;
let browser: Browser;
let watched: WatchedPage;
let ids: { readonly account: string; readonly key: string };

beforeAll(async () => {
  [server, browser] = await Promise.all([startServer(), launchBrowser()]);
  const { account, id } = await createKey(server, "deframe", { name: "production-backend" });
  for (const name of ["staging-webapp", "dev-local-testing"]) {
    await manage(server, "POST", `/accounts/${account}/api-keys`, { name });
  }
  await manage(server, "PATCH", `/accounts/${account}`, {
    name: "Acme",
    email: "ops@acme.example",
  });
  await manage(server, "POST", `/api-keys/${id}/rotate`, { grace_seconds: 3600 });
  ids = { account, key: id };
  watched = await openPage(browser, server.url);
  await answerStatistics(watched.page);
  await enterWith(watched.context, server, server.operatorToken);
});

afterAll(async () => {
  await browser.close();
  await server.stop();
});

/** Each page's address with ACCOUNT and KEY in it, and a text that is there once it is loaded. */
const PAGES = [
  ["accounts", "#/", "ops@acme.example"],
  ["new-account", "#/new-account", "Make the account"],
  ["keys", "#/accounts/ACCOUNT", "staging-webapp"],
  ["new-key", "#/accounts/ACCOUNT/new-key", "Make the key"],
  ["account-usage", "#/accounts/ACCOUNT/usage", "POST /orders"],
  ["alerts", "#/accounts/ACCOUNT/alerts", "198.51.100.10"],
  ["audit", "#/accounts/ACCOUNT/audit", "key.rotate"],
  ["settings", "#/accounts/ACCOUNT/settings", "Suspend the account…"],
  ["key", "#/keys/KEY", "The old text has not been used since the rotation."],
  ["key-restrictions", "#/keys/KEY/restrictions", "None of the requests"],
  ["unknown", "#/nowhere/at/all", "There is no such page"],
] as const;

test.each(PAGES)("the page %s can be used by everyone, everywhere", async (name, hash, text) => {
  const { page, faults } = watched;
  await page.goto(`/manage/${hash.replace("ACCOUNT", ids.account).replace("KEY", ids.key)}`);
  await page.getByText(text).first().waitFor();
  await judgeLooks(name);
  expect(faults).toEqual([]);
});

it("the dialogs can be used by everyone, everywhere", async () => {
  const { page } = watched;
  await page.goto(`/manage/#/keys/${ids.key}`);
  await page.getByRole("button", { name: "Revoke…" }).click();
  await judgeLooks("revoke-dialog");
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Rotate…" }).click();
  await page.getByRole("button", { name: "Rotate", exact: true }).click();
  await page.getByLabel("I have stored it in a safe place").waitFor();
  await judgeLooks("copy-once-dialog");
});

it("the sign-in can be used by everyone, and is small to load", async () => {
  const { page, context } = await openPage(browser, server.url);
  const bodies: Promise<Buffer>[] = [];
  page.on("response", (response) => void bodies.push(response.body()));
  await page.goto("/manage/", { waitUntil: "networkidle" });
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  const bytes = (await Promise.all(bodies)).reduce((sum, { length }) => sum + length, 0);
  expect(bytes).toBeGreaterThan(10_000);
  expect(bytes).toBeLessThan(150_000);
  for (const width of ["desktop", "phone"] as const) {
    for (const theme of ["light", "dark"] as const) {
      await showAs(page, width, theme);
      await takeScreenshot(page, `sign-in-${width}-${theme}`);
    }
  }
  expect(await findBarriers(page)).toEqual([]);
  await context.close();
});

/** Axe looks at both themes and both widths, each once. */
async function judgeLooks(name: string): Promise<void> {
  const { page } = watched;
  for (const [width, theme, withAxe] of [
    ["phone", "light", false],
    ["phone", "dark", true],
    ["desktop", "dark", false],
    ["desktop", "light", true],
  ] as const) {
    await showAs(page, width, theme);
    await takeScreenshot(page, `${name}-${width}-${theme}`);
    expect(await isTooWide(page)).toBe(false);
    if (withAxe) expect(await findBarriers(page)).toEqual([]);
  }
}
