/** The dashboard in a real browser: what a member does, and what statistics and alerts look like. */
import type { Browser } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
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
  makeMemberToken,
  readEverything,
  signInWith,
} from "../support/dashboard.ts";
import { createKey, manage } from "../support/manage.ts";
import { startServer, type RunningServer } from "../support/server.ts";

let server: RunningServer;
let browser: Browser;
const opened: WatchedPage[] = [];

beforeAll(async () => {
  [server, browser] = await Promise.all([startServer(), launchBrowser()]);
});

afterAll(async () => {
  await browser.close();
  await server.stop();
});

/** Whatever a test has done, its page did nothing that it must not. */
afterEach(async () => {
  for (const { context, faults } of opened.splice(0)) {
    await context.close();
    expect(faults).toEqual([]);
  }
});

async function open(): Promise<WatchedPage> {
  const watched = await openPage(browser, server.url);
  opened.push(watched);
  return watched;
}

async function openAsMember(account: string, hash = ""): Promise<WatchedPage> {
  const watched = await open();
  await answerStatistics(watched.page);
  await enterWith(watched.context, server, await makeMemberToken(server, account));
  await watched.page.goto(`/manage/${hash}`);
  return watched;
}

it("a member sees its own account and makes a key there", async () => {
  const { page } = await open();
  await answerStatistics(page);
  await signInWith(page, await makeMemberToken(server, "demo-example"));
  await page.getByRole("heading", { name: "Demo of example" }).waitFor();
  expect(await page.getByRole("link", { name: "Settings" }).count()).toBe(0);
  await page.getByRole("link", { name: "New key" }).click();
  await page.getByRole("combobox", { name: "Name" }).fill("members-own-key");
  await page.getByRole("button", { name: "Make the key" }).click();
  await page.getByLabel("I have stored it in a safe place").check();
  await page.getByRole("button", { name: "Close" }).click();
  await page.getByRole("heading", { name: "members-own-key" }).waitFor();
});

it("a member finds no account but its own", async () => {
  const watched = await openAsMember("demo-example", "#/accounts/demo-deframe");
  const { page } = watched;
  await page.getByText("There is no account with this id.").waitFor();
  expectFaults(watched, "status of 404");
});

it("a member copies a recoverable key's text, which the page never shows", async () => {
  const { id, key } = await createKey(server, "dataframer", { name: "recoverable" });
  const { data } = await manage(server, "GET", `/api-keys/${id}`);
  const { page } = await openAsMember(String(data["account"]), `#/keys/${id}`);
  await page.getByRole("button", { name: "Copy key" }).click();
  await page.getByText("Copied. The audit log tells of it.").waitFor();
  expect(await page.evaluate("navigator.clipboard.readText()")).toBe(key);
  expect(await readEverything(page)).not.toContain(key);
  await page.goto(`/manage/#/accounts/${String(data["account"])}/audit`);
  await page.getByRole("row", { name: /key\.reveal/ }).waitFor();
});

it("a session that has ended leads to the sign-in, and says so", async () => {
  const { account } = await createKey(server, "deframe");
  const watched = await openAsMember(account);
  const { page } = watched;
  // What the page asks for by itself is answered before the session ends.
  await page.getByRole("link", { name: "Test key" }).waitFor();
  await manage(server, "POST", `/accounts/${account}/suspend`, {});
  await page.getByRole("link", { name: "Audit log" }).click();
  await page.getByText("Your session has ended. Please sign in again.").waitFor();
  expectFaults(watched, "status of 401");
});

it("plots can be zoomed with the mouse and by buttons, and read as a table", async () => {
  const { page } = await openAsMember("demo-example", "#/accounts/demo-example/usage");
  const plot = page.locator("figure").first();
  await plot.locator("canvas").waitFor();
  const box = await plot.locator(".u-over").boundingBox();
  if (box === null) throw new Error("the plot has no place");
  const before = await plot.locator("canvas").screenshot();
  await page.mouse.move(box.x + box.width * 0.3, box.y + 50);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.6, box.y + 50, { steps: 4 });
  await page.mouse.up();
  await page.mouse.move(0, 0);
  const zoomed = await plot.locator("canvas").screenshot();
  expect(zoomed.equals(before)).toBe(false);
  await page.getByRole("button", { name: "Show all of Requests" }).click();
  await page.mouse.move(0, 0);
  expect((await plot.locator("canvas").screenshot()).equals(zoomed)).toBe(false);
  await page.getByText("Latency, ms as a table").click();
  await page.getByRole("columnheader", { name: "p95" }).waitFor();
  await page.getByRole("row", { name: /POST \/orders 440/ }).waitFor();
  await takeScreenshot(page, "usage-table");
});

it("statistics that this deployment does not keep are told as that", async () => {
  const watched = await open();
  const { page, context } = watched;
  const missing = {
    success: false,
    error: { code: "not_found", message: "There is nothing here." },
  };
  await page.route(/\/usage\?.*$/, (route) => route.fulfill({ status: 404, json: missing }));
  await enterWith(context, server, await makeMemberToken(server, "demo-example"));
  await page.goto("/manage/#/accounts/demo-example/usage");
  await page.getByText("Statistics are not available").waitFor();
  await takeScreenshot(page, "usage-not-available");
  expectFaults(watched, "status of 404");
});

it("a member sets alert rules and a webhook, whose secret leaves with the box", async () => {
  const { account } = await createKey(server, "example");
  const { page } = await openAsMember(account, `#/accounts/${account}`);
  await page.getByRole("link", { name: "Alerts" }).click();
  await page.getByRole("group", { name: "High volume" }).getByLabel("Factor").fill("5");
  await page.getByRole("group", { name: "New IP" }).getByLabel("Enabled").uncheck();
  await page.getByLabel("URL").fill("https://hooks.example.com/alerts");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  const box = page.getByRole("status", { name: "Webhook secret" });
  const secret = (await box.textContent()) ?? "";
  expect(secret).toMatch(/^whsec_[\w+/]{43}=$/);
  await takeScreenshot(page, "webhook-secret");
  await page.getByRole("button", { name: "Copy Webhook secret" }).click();
  expect(await page.evaluate("navigator.clipboard.readText()")).toBe(secret);
  await page.getByLabel("I have stored it in a safe place").check();
  await page.getByRole("button", { name: "Close" }).click();
  await page.getByText("Saved.").waitFor();
  expect(await readEverything(page)).not.toContain(secret);

  const { data } = await manage(server, "GET", `/accounts/${account}/alerts`);
  expect(data).toMatchObject({
    rules: { high_volume: { factor: 5 }, new_ip: { enabled: false } },
    webhook: { url: "https://hooks.example.com/alerts", enabled: true },
  });

  await page.getByRole("button", { name: "Save with a new secret" }).click();
  expect(await box.textContent()).not.toBe(secret);
  await page.getByLabel("I have stored it in a safe place").check();
  await page.getByRole("button", { name: "Close" }).click();
  await page.getByLabel("URL").fill("");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.getByRole("button", { name: "Save with a new secret" }).waitFor({ state: "detached" });
  expect((await manage(server, "GET", `/accounts/${account}/alerts`)).data["webhook"]).toBeNull();
});

it("names the setting of an alert that is wrong", async () => {
  const watched = await openAsMember("demo-example", "#/accounts/demo-example/alerts");
  const { page } = watched;
  await page.getByRole("group", { name: "Near limit" }).getByLabel("Percent").fill("101");
  await page.getByLabel("URL").fill("https://169.254.169.254/");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.getByRole("alert").getByText("rules.near_limit.percent", { exact: true }).waitFor();
  await page.getByRole("group", { name: "Near limit" }).getByLabel("Percent").fill("95");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.getByRole("alert").getByText("webhook.url", { exact: true }).waitFor();
  expect(await page.getByLabel("URL").getAttribute("aria-invalid")).toBe("true");
  expectFaults(watched, "status of 400");
});

it("shows what alert rules have found, of which key, and whether the webhook took it", async () => {
  const { page } = await openAsMember("demo-example", "#/accounts/demo-example/alerts");
  await page
    .getByRole("row", {
      name: /New IP started .* key_1 IPs 198\.51\.100\.9, 198\.51\.100\.10 failed/,
    })
    .waitFor();
  await page.getByRole("row", { name: /High volume ended .* all keys Since .* pending/ }).waitFor();
});

it("an outage is told, and the page goes on when it is over", async () => {
  const watched = await open();
  const { page, context } = watched;
  await answerStatistics(page);
  await enterWith(context, server, await makeMemberToken(server, "demo-example"));
  await page.route("**/api-keys?*", (route) => route.abort());
  await page.goto("/manage/");
  await page.getByText("The server cannot be reached.").waitFor();
  await takeScreenshot(page, "outage");
  await page.unroute("**/api-keys?*");
  await page.getByRole("button", { name: "Try again" }).click();
  await page.getByRole("link", { name: "Demo key" }).waitFor();
  expectFaults(watched, "net::ERR_FAILED");
});

it("shows what a key is used for while it is used", async () => {
  const { account, id, key } = await createKey(server, "deframe");
  const { context, page } = await open();
  await enterWith(context, server, await makeMemberToken(server, account));
  const use = async (path: string): Promise<number> =>
    (await fetch(`${server.url}${path}`, { headers: { "x-api-key": key } })).status;
  for (let n = 0; n < 5; n += 1) expect(await use("/strategies")).toBe(200);
  await page.goto(`/manage/#/keys/${id}/usage`);
  const usage = page.getByRole("region", { name: "Usage" });
  await usage.locator("dd", { hasText: /^5$/ }).waitFor();
  expect(await usage.getByText("GET /strategies").count()).toBe(1);
  expect(await use("/strategies")).toBe(200);
  // The page asks again by itself.
  await usage.locator("dd", { hasText: /^6$/ }).waitFor({ timeout: 20_000 });
  await takeScreenshot(page, "usage-of-a-key-in-use");
});
