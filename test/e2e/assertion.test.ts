/** Identity assertions over real HTTP: a Node origin, the production bundle, keys fetched by URL. */
import { createRemoteJWKSet } from "jose";
import { afterAll, beforeAll, expect, it, test } from "vitest";
import { createAssertionVerifier } from "../../docs/origin-example/verify-assertion.ts";
import { send } from "../support/http-client.ts";
import { createKey } from "../support/manage.ts";
import { startOrigin, type Origin } from "../support/origin.ts";
import { startWorker, type RunningWorker } from "../support/worker.ts";

let origin: Origin;
let worker: RunningWorker;
let key: string;

beforeAll(async () => {
  origin = await startOrigin();
  worker = await startWorker([
    { name: "main", origin: `${origin.url}/base`, assertion: true, paths: "lenient" },
  ]);
  ({ key } = await createKey(worker, "main"));
  const verify = createAssertionVerifier({
    keys: createRemoteJWKSet(new URL(`${worker.url}/manage/.well-known/jwks.json`)),
    issuer: worker.url,
    audience: origin.url,
  });
  origin.answer(async ({ method = "", url = "", headers }, response) => {
    const assertion = headers["x-authz-assertion"]?.toString() ?? null;
    const verdict = await verify({ method, path: url, assertion });
    response.statusCode = verdict.ok ? 200 : 403;
    response.end(JSON.stringify(verdict.ok ? { path: url } : verdict));
  });
});

afterAll(async () => {
  await Promise.all([worker.stop(), origin.close()]);
});

/** Sends a request with the key to the path, which arrives below the origin's own. */
async function ask(path: string, method: string): Promise<readonly [number, string]> {
  const headers = { authorization: `Bearer ${key}` };
  const { status, body } = await send(`${worker.url}${path}`, { method, headers });
  return [status, body.toString()];
}

test.each([
  ["/x", "GET"],
  ["/", "DELETE"],
  ["/empty-query?", "PUT"],
  ["/a%20b/ä'(!)?q=%2F&q=a+b&q=|[]", "GET"],
  ["//double//slash;x=1/%2e%2E/..%2fy", "POST"],
])("the path hash of %s is of what a Node origin receives", async (path, method) => {
  const [status, body] = await ask(encodeURI(path).replaceAll("%25", "%"), method);
  expect([status, body]).toEqual([200, expect.stringContaining('{"path":"/base/')]);
});

it("a direct call is refused by the origin", async () => {
  const { status, body } = await send(`${origin.url}/base/x`);
  expect([status, body.toString()]).toEqual([403, '{"ok":false,"why":"there is no assertion"}']);
});
