/**
 * An origin that answers only what the authorizer sends. `handle` is a Worker's, Deno's or Bun's `fetch`;
 * in Node pass `{ method, path: request.url, assertion: request.headers["x-authz-assertion"] ?? null }`.
 */
import { createRemoteJWKSet } from "jose";
import { createAssertionVerifier } from "./verify-assertion.ts";

const verify = createAssertionVerifier({
  // With MANAGEMENT_HOST the keys are at that host, and only there.
  keys: createRemoteJWKSet(new URL("https://api.example.com/manage/.well-known/jwks.json")),
  issuer: "https://api.example.com",
  audience: "https://origin.example.com",
});

/** Answers a request: 401 where the authorizer did not send it, 503 where that cannot be told. */
export async function handle(request: Request): Promise<Response> {
  const { method, url, headers } = request;
  const path = url.slice(new URL(url).origin.length);
  const received = { method, path, assertion: headers.get("x-authz-assertion") };
  const verdict = await verify(received).catch(() => null);
  if (verdict === null) return Response.json({ error: "the keys are missing" }, { status: 503 });
  if (!verdict.ok) return Response.json({ error: verdict.why }, { status: 401 });
  const { sub, account, permissions } = verdict.claims;
  return Response.json({ key: sub, account, permissions });
}
