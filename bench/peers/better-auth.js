/**
 * better-auth's API-key plugin in front of the origin, in Node: over SQLite, the smallest of the databases
 * it is deployed with, or over its adapter for memory, which waits for nothing and keeps nothing. Its rate
 * limit is on and never reached.
 */
import { Agent, createServer, request as requestOrigin } from "node:http";
import { apiKey } from "@better-auth/api-key";
import { betterAuth } from "better-auth";
import { memoryAdapter } from "better-auth/adapters/memory";
import { getMigrations } from "better-auth/db/migration";
import { DatabaseSync } from "node:sqlite";

const { DATABASE, KEY, ORIGIN, PORT } = process.env;

const options = {
  baseURL: "http://127.0.0.1",
  secret: "secret-of-the-benchmarks-0123456789abcdef",
  logger: { disabled: true },
  telemetry: { enabled: false },
  database: openDatabase(),
  plugins: [
    apiKey({
      customKeyGenerator: () => KEY,
      rateLimit: { enabled: true, timeWindow: 60_000, maxRequests: 1_000_000_000 },
    }),
  ],
};
if (DATABASE !== "memory") await (await getMigrations(options)).runMigrations();
const auth = betterAuth(options);

const { internalAdapter } = await auth.$context;
const user = await internalAdapter.createUser({ email: "bench@example.com", name: "Bench" });
await auth.api.createApiKey({ body: { name: "Bench", userId: user.id } });

const agent = new Agent({ keepAlive: true });

function openDatabase() {
  if (DATABASE === "memory") {
    return memoryAdapter({ user: [], session: [], account: [], verification: [], apikey: [] });
  }
  const database = new DatabaseSync(DATABASE);
  database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;");
  return database;
}

async function answer(request, response) {
  const key = request.headers.authorization?.replace(/^Bearer /, "") ?? "";
  const { valid } = await auth.api.verifyApiKey({ body: { key } });
  if (!valid) return response.writeHead(401).end();
  const { method, headers } = request;
  const upstream = requestOrigin(ORIGIN + request.url, { agent, method, headers }, (from) => {
    response.writeHead(from.statusCode, from.headers);
    from.pipe(response);
  });
  upstream.on("error", () => response.writeHead(502).end());
  return request.pipe(upstream);
}

createServer((request, response) => void answer(request, response)).listen(PORT, "127.0.0.1");
