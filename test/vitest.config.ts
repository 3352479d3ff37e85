import { mkdirSync } from "node:fs";
import path from "node:path";
import { cloudflareTest } from "@cloudflare/vitest-pool-workers";
import { defineConfig } from "vitest/config";

const root = path.resolve(import.meta.dirname, "..");

// Wrangler asks for the folder of the dashboard's files, also where nothing was built yet.
mkdirSync(path.join(root, ".wrangler/dashboard"), { recursive: true });

/** The secrets of the Worker under test, whatever stands in a developer's `.dev.vars`. */
const SECRETS = {
  OPERATOR_TOKEN: "operator-token-of-the-tests-0123456789",
  MASTER_KEYS: "t1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
  JWT_SECRET: "jwt-secret-of-the-tests-0123456789abcdef",
  ASSERTION_KEYS: "a1:nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=",
};
// Wrangler warns about required secrets that it finds nowhere.
Object.assign(process.env, SECRETS);

/** Nothing leaves the machine: an outbound request that no test expects is answered 599. */
function refuseOutbound(): Response {
  return new Response("outbound request refused by the test configuration", { status: 599 });
}

/** The Worker of the demo environment, with its KV and objects, in workerd. */
function demoWorker(): ReturnType<typeof cloudflareTest> {
  return cloudflareTest({
    wrangler: { configPath: "./wrangler.toml", environment: "demo" },
    miniflare: { bindings: SECRETS, outboundService: refuseOutbound },
  });
}

const DEEP = "test/**/*.deep.test.ts";

export default defineConfig({
  root,
  test: {
    projects: [
      {
        plugins: [demoWorker()],
        test: {
          name: "unit",
          root,
          include: ["test/{unit,property}/**/*.test.ts"],
          exclude: [DEEP],
          // They share nothing but what an isolate keeps, as requests do; starting one takes a second.
          isolate: false,
          maxWorkers: 2,
        },
      },
      {
        plugins: [demoWorker()],
        test: {
          name: "workerd",
          root,
          // A thousand requests at once take their time on a machine that has other things to do.
          testTimeout: 20_000,
          maxWorkers: 2,
          include: ["test/{integration,apis,attacks}/**/*.test.ts"],
          exclude: [DEEP],
        },
      },
      {
        plugins: [demoWorker()],
        test: { name: "deep", root, include: [DEEP] },
      },
      {
        test: {
          name: "e2e",
          root,
          include: ["test/e2e/**/*.test.ts"],
          testTimeout: 60_000,
          hookTimeout: 120_000,
          fileParallelism: false,
          maxWorkers: 1,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
