/** F35: answers that no origin should give. They are passed on or are 502, never an error of the authorizer's. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { send } from "../support/http-client.ts";
import { createKey } from "../support/manage.ts";
import { startOrigin, type Origin } from "../support/origin.ts";
import { startWorker, type RunningWorker } from "../support/worker.ts";

let origin: Origin;
let worker: RunningWorker;
let key: string;

beforeAll(async () => {
  origin = await startOrigin();
  const place = { credential: [{ in: "header", name: "x-api-key" }] };
  worker = await startWorker([
    { name: "main", origin: origin.url, forward_timeout_ms: 3000, ...place },
  ]);
  key = (await createKey(worker, "main", { limits: { hour: 10_000 } })).key;
});

afterAll(async () => {
  await Promise.all([worker.stop(), origin.close()]);
});

const MEGABYTE = 1024 * 1024;
const OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n";

/** Makes the origin write these bytes, a character each, whatever it is asked. */
function answerBytes(bytes: string): void {
  origin.answer(({ socket }) => void socket.end(Buffer.from(bytes, "latin1")));
}

function ask(method: string): ReturnType<typeof send> {
  return send(worker.url, { method, headers: { "x-api-key": key } });
}

it.each([
  ["100 before its answer", `HTTP/1.1 100 Continue\r\n\r\n${OK}\r\nok`, 200, "ok"],
  ["103 before its answer", `HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n${OK}\r\nok`, 200, "ok"],
  ["204 with a body", "HTTP/1.1 204 None\r\nContent-Length: 5\r\n\r\nhello", 204, ""],
  [
    "204 with a chunked body",
    "HTTP/1.1 204 None\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    204,
    "",
  ],
  ["205 with a body", "HTTP/1.1 205 Reset\r\nContent-Length: 5\r\n\r\nhello", 205, ""],
  ["304 with a body", "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\nhello", 304, ""],
  ["no reason", "HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nok", 200, "ok"],
  ["a header in Latin-1", `${OK}X-A: \xe9\r\n\r\nok`, 200, "ok"],
])("F35 %s passes as what it means", async (_, bytes, status, body) => {
  answerBytes(bytes);
  const answer = await ask("GET");
  expect([answer.status, answer.body.toString()]).toEqual([status, body]);
  const head = await ask("HEAD");
  expect([head.status, head.body.toString()]).toEqual([status, ""]);
  expect(answer.headers).toHaveProperty("x-ratelimit-limit");
});

it.each([
  ["only 103", "HTTP/1.1 103 Early Hints\r\n\r\n"],
  ["a status of 199", "HTTP/1.1 199 X\r\n\r\n"],
  [
    "101 that nobody asked for",
    "HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n",
  ],
  ["a header of 5 MB", `${OK}X-Large: ${"x".repeat(5 * MEGABYTE)}\r\n\r\nok`],
  ["a status of 999", "HTTP/1.1 999 X\r\nContent-Length: 2\r\n\r\nok"],
  ["a status of 000", "HTTP/1.1 000 X\r\nContent-Length: 2\r\n\r\nok"],
  ["a status of 42", "HTTP/1.1 42 X\r\nContent-Length: 2\r\n\r\nok"],
  ["another protocol", "SSH-2.0-OpenSSH_9.6\r\n"],
  ["two lengths", `${OK}Content-Length: 3\r\n\r\nok`],
  ["a negative length", "HTTP/1.1 200 OK\r\nContent-Length: -2\r\n\r\nok"],
  ["a header with a blank in its name", `${OK}X Y: 1\r\n\r\nok`],
  ["a header with NUL", `${OK}X-A: a\0b\r\n\r\nok`],
])("F35 %s is 502 in the API's own words", async (_, bytes) => {
  answerBytes(bytes);
  const answer = await ask("GET");
  expect(answer.status).toBe(502);
  expect(JSON.parse(answer.body.toString())).toMatchObject({ reason: "origin_unreachable" });
});

it("F35 after all of them the next request is served, and nothing is logged as a fault of the authorizer", async () => {
  answerBytes(`${OK}\r\nok`);
  expect((await ask("GET")).status).toBe(200);
  expect(worker.output()).not.toContain('"internal"');
});
