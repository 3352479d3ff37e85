/** The dashboard in a real browser: what an operator does with it, from signing in to signing out. */
import type { Browser } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, it, test } from "vitest";
import {
  expectFaults,
  launchBrowser,
  openPage,
  takeScreenshot,
  type WatchedPage,
} from "../support/browser.ts";
import {
  answerStatistics,
  enterWith,
  readEverything,
  signInWith,
  USAGE,
} from "../support/dashboard.ts";
import { createKey, manage } from "../support/manage.ts";
import { startServer, type RunningServer } from "../support/server.ts";

let server: RunningServer;
let browser: Browser;
/** The page of an operator who is signed in. */
let operator: WatchedPage;
const opened: WatchedPage[] = [];

beforeAll(async () => {
  [server, browser] = await Promise.all([startServer(), launchBrowser()]);
  operator = await openPage(browser, server.url);
  await answerStatistics(operator.page);
  await enterWith(operator.context, server, server.operatorToken);
});

afterAll(async () => {
  await browser.close();
  await server.stop();
});

/** Whatever a test has done, its page did nothing that it must not. */
afterEach(async () => {
  for (const { context } of opened) await context.close();
  const faults = [operator, ...opened.splice(0)].flatMap((watched) => watched.faults.splice(0));
  expect(faults).toEqual([]);
});

async function open(): Promise<WatchedPage> {
  const watched = await openPage(browser, server.url);
  opened.push(watched);
  await answerStatistics(watched.page);
  return watched;
}

async function openAsOperator(hash = ""): Promise<WatchedPage["page"]> {
  const { page } = operator;
  // A page of its own, not the one before with another place in it.
  await page.goto("about:blank");
  await page.goto(`/manage/${hash}`);
  return page;
}

it("refuses a wrong token in words, and keeps it nowhere", async () => {
  const watched = await open();
  const { page } = watched;
  await page.goto("/manage/");
  await page.getByLabel("Token").fill("a-wrong-token-0123456789");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByText("The token is not valid.").waitFor();
  await takeScreenshot(page, "sign-in-refused");
  expect(await readEverything(page)).not.toContain("a-wrong-token");
  expectFaults(watched, "status of 401");
});

it("signs in, survives a reload, and signs out", async () => {
  const { page } = await open();
  await signInWith(page, server.operatorToken);
  expect(await readEverything(page)).not.toContain(server.operatorToken);
  await page.reload();
  await page.getByRole("heading", { name: "Accounts" }).waitFor();
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByText("You have signed out.").waitFor();
  await page.reload();
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
});

it("finds an account by a part of its name", async () => {
  await manage(server, "POST", "/accounts", { api: "example", name: "Quagga Ltd" });
  const page = await openAsOperator();
  await page.getByLabel("Search").fill("quag");
  await page.getByRole("row", { name: /Quagga Ltd/ }).waitFor();
  await page.getByRole("row", { name: /Demo of deframe/ }).waitFor({ state: "detached" });
  await page.getByLabel("Search").fill("no such account");
  await page.getByText("No account matches “no such account”").waitFor();
});

it("makes an account", async () => {
  const page = await openAsOperator("#/new-account");
  // What is chosen before anything was is to be seen.
  expect(await page.getByLabel("API").inputValue()).toBe("subfrost");
  await page.getByLabel("API").selectOption("deframe");
  await page.getByLabel("Name").fill("Made by hand");
  await page.getByLabel("Id").fill("made-by-hand");
  await page.getByRole("button", { name: "Make the account" }).click();
  await page.getByRole("heading", { name: "Made by hand" }).waitFor();
  expect((await manage(server, "GET", "/accounts/made-by-hand")).data["api"]).toBe("deframe");
  await page.getByText("This account has no keys yet").waitFor();
});

it("makes a key by a suggested name, and its text leaves with the box", async () => {
  const { data: account } = await manage(server, "POST", "/accounts", {
    api: "deframe",
    name: "Box",
  });
  const page = await openAsOperator(`#/accounts/${String(account["id"])}/new-key`);
  await page.getByRole("button", { name: "production-backend" }).click();
  await page.getByRole("button", { name: "Make the key" }).click();
  const text = (await page.getByRole("status", { name: "API key" }).textContent()) ?? "";
  const secret = (await page.getByRole("status", { name: "Signing secret" }).textContent()) ?? "";
  expect(text).toMatch(/^prod_key_\w{40}$/);
  await takeScreenshot(page, "copy-once");

  await page.keyboard.press("Escape");
  await page.keyboard.press("Escape");
  const close = page.getByRole("button", { name: "Close" });
  expect(await close.isDisabled()).toBe(true);
  await page.getByRole("button", { name: "Copy API key" }).click();
  expect(await page.evaluate("navigator.clipboard.readText()")).toBe(text);
  await page.getByLabel("I have stored it in a safe place").check();
  await close.click();
  await page.getByRole("heading", { name: "production-backend" }).waitFor();

  const everything = await readEverything(page);
  expect(everything).not.toContain(text);
  expect(everything).not.toContain(secret);
  const response = await fetch(`${server.url}/strategies`, { headers: { "x-api-key": text } });
  expect(response.status).toBe(200);
});

it("names the field that is wrong", async () => {
  const page = await openAsOperator("#/accounts/demo-deframe/new-key");
  await page.getByRole("combobox", { name: "Name" }).fill("wrong-limits");
  await page.getByLabel("A minute").fill("0");
  await page.getByRole("button", { name: "Make the key" }).click();
  await page.getByRole("alert").getByText("limits.minute", { exact: true }).waitFor();
  expect(await page.getByLabel("A minute").getAttribute("aria-invalid")).toBe("true");
  expectFaults(operator, "status of 400");
});

it("rotates a key with a grace, and tells whether the old text is still used", async () => {
  const { id, key } = await createKey(server, "deframe", { name: "rotated" });
  const { page, context } = await open();
  await enterWith(context, server, server.operatorToken);
  await page.clock.install();
  await page.goto(`/manage/#/keys/${id}`);
  await page.getByRole("button", { name: "Rotate…" }).click();
  await page.getByLabel("How long the text of now goes on working").selectOption("For an hour");
  await page.getByRole("button", { name: "Rotate", exact: true }).click();
  const text = (await page.getByRole("status", { name: "API key" }).textContent()) ?? "";
  await page.getByLabel("I have stored it in a safe place").check();
  await page.getByRole("button", { name: "Close" }).click();
  await page.getByText("The old text has not been used since the rotation.").waitFor();
  expect(await readEverything(page)).not.toContain(text);
  await fetch(`${server.url}/strategies`, { headers: { "x-api-key": key } });
  // Without a reload: the page asks by itself.
  await page.clock.fastForward(6000);
  await page.getByText("The old text is still in use.").waitFor();
  await takeScreenshot(page, "rotated");
  await page.clock.fastForward(3_600_000);
  await page.getByText("The old text was used after the rotation.").waitFor();
  await page.getByText("It stopped working").waitFor();
});

it("revokes a key once its name was typed", async () => {
  const { id, key } = await createKey(server, "deframe", { name: "to-be-revoked" });
  const page = await openAsOperator(`#/keys/${id}`);
  await page.getByRole("button", { name: "Revoke…" }).click();
  await page.getByText("This cannot be undone.").waitFor();
  const revoke = page.getByRole("button", { name: "Revoke for good" });
  await page.getByLabel("Type to-be-revoked to confirm").fill("to-be-revoke");
  expect(await revoke.isDisabled()).toBe(true);
  await takeScreenshot(page, "revoke");
  await page.getByLabel("Type to-be-revoked to confirm").fill("to-be-revoked");
  await revoke.click();
  await page.getByText("revoked", { exact: true }).waitFor();
  const response = await fetch(`${server.url}/strategies`, { headers: { "x-api-key": key } });
  expect(response.status).toBe(401);
});

it("tells what rules would have refused, and saves them", async () => {
  const { id } = await createKey(server, "deframe", { name: "restricted" });
  const page = await openAsOperator(`#/keys/${id}/restrictions`);
  await page.getByText("None of the requests from its top addresses").waitFor();
  await page.getByLabel("Allowed IP addresses").fill("203.0.113.0/24");
  await page.getByText("240 requests from 198.51.100.9").waitFor();
  await page.getByLabel("Allowed endpoints").fill("GET /*");
  await page.getByText("440 requests to POST /orders").waitFor();
  await takeScreenshot(page, "restrictions");
  await page.getByRole("button", { name: "Save the rules" }).click();
  await page.getByText("Saved. The rules are in force.").waitFor();
  const { data } = await manage(server, "GET", `/api-keys/${id}`);
  expect(data["restrictions"]).toEqual({ ips: ["203.0.113.0/24"], endpoints: ["GET /*"] });
});

it("changes a key's name and limits, and disables it", async () => {
  const { id } = await createKey(server, "deframe", { name: "before" });
  const page = await openAsOperator(`#/keys/${id}`);
  await page.getByLabel("Name").fill("after");
  await page.getByLabel("A minute").fill("7");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByRole("heading", { name: "after" }).waitFor();
  await page.getByText("7 a minute, 1,000 an hour").waitFor();
  await page.getByRole("button", { name: "Disable the key" }).click();
  await page.getByText("disabled", { exact: true }).waitFor();
});

it("shows who changed what, and checks the audit log", async () => {
  const { account } = await createKey(server, "deframe", { name: "audited" });
  const page = await openAsOperator(`#/accounts/${account}/audit`);
  await page.getByRole("row", { name: /key\.create/ }).waitFor();
  await page.getByRole("button", { name: "Check the log" }).click();
  await page.getByText("All 2 entries are as they were written.").waitFor();
});

it("suspends an account once its id was typed, and reactivates it", async () => {
  const { account } = await createKey(server, "deframe", { name: "suspended" });
  const page = await openAsOperator(`#/accounts/${account}/settings`);
  await page.getByRole("button", { name: "Suspend the account…" }).click();
  await page.getByLabel(`Type ${account} to confirm`).fill(account);
  await page.getByRole("button", { name: "Suspend", exact: true }).click();
  await page.getByRole("button", { name: "Reactivate the account" }).click();
  await page.getByRole("button", { name: "Suspend the account…" }).waitFor();
});

test.each([
  "<img src=x onerror=alert(1)>",
  "</script><script>alert(1)</script>",
  "javascript:alert(1)",
  "\u202Eexe.gpj\u202C",
])("A108 shows the name %s as text, everywhere", async (name) => {
  const { account, id } = await createKey(server, "deframe", { name });
  await manage(server, "PATCH", `/accounts/${account}`, { name });
  const page = await openAsOperator(`#/accounts/${account}`);
  await page.getByRole("heading", { name }).waitFor();
  await page.getByRole("link", { name }).waitFor();
  for (const place of ["alerts", "usage", "settings"]) {
    await page.goto(`/manage/#/accounts/${account}/${place}`);
    await page.getByRole("heading", { name }).waitFor();
  }
  await page.goto(`/manage/#/accounts/${account}/audit`);
  await page.getByRole("row", { name: /key\.create/ }).waitFor();
  await page.goto(`/manage/#/keys/${id}`);
  await page.getByRole("heading", { name }).waitFor();
  await page.getByRole("button", { name: "Revoke…" }).click();
  await page.getByLabel(`Type ${name} to confirm`).waitFor();
  expect(await page.evaluate("document.querySelectorAll('img, main script').length")).toBe(0);
});

it("shows ten thousand keys a page at a time", async () => {
  const { data: made } = await manage(server, "GET", "/accounts/demo-deframe/api-keys");
  const [sample] = made as unknown as readonly object[];
  const page = await openAsOperator();
  await page.route("**/demo-deframe/api-keys?*", (route) => {
    const first = Number(new URL(route.request().url()).searchParams.get("cursor") ?? "0");
    const data = Array.from({ length: 50 }, (_, index) => ({
      ...sample,
      id: `key_${first + index}`,
      name: `key number ${first + index}`,
    }));
    const nextCursor = first + 50 < 10_000 ? String(first + 50) : null;
    return route.fulfill({ json: { success: true, data, next_cursor: nextCursor } });
  });
  await page.goto("/manage/#/accounts/demo-deframe");
  for (let shown = 0; shown < 250; shown += 50) {
    await page.getByRole("link", { name: `key number ${shown}`, exact: true }).waitFor();
    await page.getByRole("button", { name: "Next" }).click();
  }
  await page.getByText("Page 6").waitFor();
  await page.getByRole("link", { name: "key number 250", exact: true }).waitFor();
  expect(await page.getByRole("row").count()).toBe(51);
  await page.getByRole("button", { name: "Previous" }).click();
  await page.getByRole("link", { name: "key number 200", exact: true }).waitFor();
  await page.unroute("**/demo-deframe/api-keys?*");
});

it("shows the sparkline of each key's past day", async () => {
  const page = await openAsOperator("#/accounts/demo-deframe");
  const label = `${USAGE.totals.requests.toLocaleString("en")} requests in the past day`;
  await page.getByRole("img", { name: label }).first().waitFor();
});

it("is used by keyboard alone", async () => {
  const { page } = await open();
  await page.goto("/manage/");
  await page.locator("input:focus").waitFor();
  await page.keyboard.type(server.operatorToken);
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Accounts" }).waitFor();
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "New account" }).waitFor();
});
