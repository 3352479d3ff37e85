/**
 * A real browser for a test: Debian's chromium. Each page is watched: whatever it logs as an error, is
 * forbidden by its policy, or asks another host for, is kept for the test to look at.
 */
import { existsSync, mkdirSync } from "node:fs";
import path from "node:path";
import axe from "axe-core";
import { chromium, type Browser, type BrowserContext, type Page } from "playwright-core";

const ROOT = path.resolve(import.meta.dirname, "../..");
const SCREENSHOTS = path.join(ROOT, ".wrangler/screenshots");
const PLACES = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
const INSTALL =
  "The dashboard's tests need a browser: apt-get update && apt-get install -y chromium";

export type Width = "desktop" | "phone";
export type Theme = "light" | "dark";

const VIEWPORTS = {
  desktop: { width: 1280, height: 860 },
  phone: { width: 360, height: 740 },
} as const;

/** A page, and what it has done that it must not. */
export interface WatchedPage {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Errors in the console, exceptions, violations of the policy, requests to other hosts. */
  readonly faults: string[];
}

/** Starts the browser; fails with how to install one where there is none. */
export async function launchBrowser(): Promise<Browser> {
  const executablePath = PLACES.find((each) => existsSync(each));
  if (executablePath === undefined) throw new Error(INSTALL);
  const args = ["--no-sandbox", "--disable-background-networking", "--disable-gpu"];
  return chromium.launch({ executablePath, args });
}

/** Opens a page of its own profile. */
export async function openPage(
  browser: Browser,
  baseURL: string,
  width: Width = "desktop",
  theme: Theme = "light",
): Promise<WatchedPage> {
  const context = await browser.newContext({
    baseURL,
    viewport: VIEWPORTS[width],
    colorScheme: theme,
    reducedMotion: "reduce",
    permissions: ["clipboard-read", "clipboard-write"],
  });
  const page = await context.newPage();
  page.setDefaultTimeout(10_000);
  const faults: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error") faults.push(`console: ${message.text()}`);
  });
  page.on("pageerror", (error) => faults.push(`exception: ${error.message}`));
  page.on("request", (request) => {
    const url = new URL(request.url());
    const isOwn = url.origin === new URL(baseURL).origin || url.protocol === "data:";
    if (!isOwn) faults.push(`request to ${url.host}`);
  });
  return { page, context, faults };
}

/** Keeps what the page looks like for a person to look at. */
export async function takeScreenshot(page: Page, name: string): Promise<void> {
  mkdirSync(SCREENSHOTS, { recursive: true });
  await page.screenshot({ path: path.join(SCREENSHOTS, `${name}.png`), fullPage: true });
}

/** The serious and critical findings of axe-core about what is shown. */
export async function findBarriers(page: Page): Promise<readonly string[]> {
  await page.evaluate(axe.source);
  const found: unknown = await page.evaluate("axe.run(document, { resultTypes: ['violations'] })");
  const { violations } = found as {
    readonly violations: readonly {
      readonly id: string;
      readonly impact: string;
      readonly nodes: readonly { readonly html: string }[];
    }[];
  };
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`);
}

/** Whether the page is wider than its window, so that it has to be moved sideways. */
export async function isTooWide(page: Page): Promise<boolean> {
  return page.evaluate("document.documentElement.scrollWidth > innerWidth");
}

/** Shows the page as it is at another width, in another theme. */
export async function showAs(page: Page, width: Width, theme: Theme): Promise<void> {
  await page.setViewportSize(VIEWPORTS[width]);
  await page.emulateMedia({ colorScheme: theme });
}

/** Takes the faults that a test means to cause, and no other: the browser tells of every refusal. */
export function expectFaults({ faults }: WatchedPage, allowed: string): void {
  const others = faults.splice(0).filter((fault) => !fault.includes(allowed));
  if (others.length > 0) throw new Error(others.join("; "));
}
