/** `npm run check:config`: mistakes are told before a deploy. */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, expect, it } from "vitest";

const ROOT = path.resolve(import.meta.dirname, "../..");
mkdirSync(path.join(ROOT, ".wrangler"), { recursive: true });
const dir = mkdtempSync(path.join(ROOT, ".wrangler/check-config-"));

afterAll(() => {
  rmSync(dir, { recursive: true });
});

interface Checked {
  readonly status: number | null;
  readonly output: string;
}

/** Runs the command with further arguments. */
function check(...args: readonly string[]): Checked {
  const command = ["run", "check:config", "--", ...args];
  const { status, stdout, stderr } = spawnSync("npm", command, { cwd: ROOT, encoding: "utf8" });
  return { status, output: stdout + stderr };
}

it("the tables of a deployment and of the demo have no mistake", () => {
  expect(check().status).toBe(0);
  const demo = check("--env", "demo");
  expect(demo.status).toBe(0);
  expect(demo.output).toContain("subfrost, dataframer, example, deframe");
});

it("a mistake is named as the Worker's log names it", () => {
  const toml = readFileSync(path.join(ROOT, "wrangler.toml"), "utf8");
  const config = path.join(dir, "wrangler.toml");
  writeFileSync(config, toml.replace('dialect = "problem"', 'dialect = "xml"'));
  const { status, output } = check("--config", config);
  expect(status).toBe(1);
  expect(output).toContain("APIS[0].dialect: must be one of problem, nested-error");
  expect(output).toContain('found "xml"');
});
