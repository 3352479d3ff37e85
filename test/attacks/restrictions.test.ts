/** Attacks on what a key may be used for: rows A074 to A084 of docs/attacks.md. */
import { afterEach, expect, it, test, vi } from "vitest";
import {
  attack,
  makeKeyOf,
  operate,
  pathOf,
  someKeyOf,
  TARGETS,
  use,
  watch,
  withEachTarget,
  withKey,
  type Target,
} from "../support/attacked.ts";
import { expectRefused } from "../support/expect-refused.ts";
import { makeAccount, manage } from "../support/gateway.ts";
import ipVectors from "../support/vectors/ip-cidr.json";
import referrerVectors from "../support/vectors/referrer.json";

afterEach(() => {
  vi.restoreAllMocks();
});

const TARGET = TARGETS[3] as Target;

async function expectBadRules(restrictions: object): Promise<void> {
  const account = await makeAccount();
  const made = await manage("POST", `/accounts/${account}/api-keys`, { name: "K", restrictions });
  expect([made.status, made.body.error?.code]).toEqual([400, "invalid_request"]);
}

/** Whether a text arrives as it is in a header: blanks around it and control characters do not. */
function isSendable(text: string): boolean {
  return /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/.test(text);
}

const ADDRESSES = ipVectors.cases.filter(({ clientIp }) => isSendable(clientIp));

test.each(ADDRESSES)("A074 $id from $clientIp: $note", async (row) => {
  const restrictions = { ips: row.allow, blocked_ips: row.deny };
  if (row.expect === "invalid-rule") return expectBadRules(restrictions);
  const { key } = await someKeyOf(TARGET, { restrictions });
  const watched = watch();
  const response = await use(TARGET, key, { headers: { "cf-connecting-ip": row.clientIp } });
  if (row.expect === "deny") {
    await expectRefused(response, TARGET, "ip_not_allowed", watched, [key]);
  } else {
    expect([response.status, watched.reached.length]).toEqual([200, 1]);
  }
});

it("A074 nearly all vectors can be sent, the others stand in the unit tests", () => {
  expect(ipVectors.cases.length - ADDRESSES.length).toBeLessThanOrEqual(3);
});

test.each(TARGETS)("A074 $dialect: a blocked address is refused", async (target) => {
  const restrictions = { ips: ["203.0.113.0/24"], blocked_ips: ["203.0.113.7"] };
  const { key } = await someKeyOf(target, { restrictions });
  const watched = watch();
  const response = await use(target, key, { headers: { "cf-connecting-ip": "203.0.113.7" } });
  await expectRefused(response, target, "ip_not_allowed", watched, [key]);
});

const ALLOWED = { restrictions: { ips: ["203.0.113.7"] } };

test.each(TARGETS)("A075 $dialect: a client without an address is refused", async (target) => {
  const { key } = await someKeyOf(target, ALLOWED);
  const watched = watch();
  await expectRefused(await use(target, key), target, "ip_not_allowed", watched, [key]);
});

test.each(
  withEachTarget(["X-Forwarded-For", "Forwarded", "X-Real-IP", "True-Client-IP", "X-Client-IP"]),
)("A076 %s: an allowed address in %s counts for nothing", async (_, name, target) => {
  const { key } = await someKeyOf(target, ALLOWED);
  const watched = watch();
  const value = name === "Forwarded" ? "for=203.0.113.7" : "203.0.113.7";
  const headers = { [name]: value, "cf-connecting-ip": "198.51.100.1" };
  const response = await use(target, key, { headers });
  await expectRefused(response, target, "ip_not_allowed", watched, [key]);
});

test.each(TARGETS)("A076 $dialect: two addresses in one header are none", async (target) => {
  const { key } = await someKeyOf(target, ALLOWED);
  const watched = watch();
  const headers = { "cf-connecting-ip": "203.0.113.7, 198.51.100.1" };
  const response = await use(target, key, { headers });
  await expectRefused(response, target, "ip_not_allowed", watched, [key]);
});

const SPELLINGS = [
  "2001:db8::8:800:200c:417a",
  "2001:0db8:0000:0000:0008:0800:200c:417a",
  "2001:DB8:0:0:8:800:200C:417A",
  "2001:db8:0:0:8:800:32.12.65.122",
  "2001:db8::0008:0800:200c:417a",
];

test.each(SPELLINGS)("A077 %s is the one address that is allowed", async (spelling) => {
  const { key } = await someKeyOf(TARGET, { restrictions: { ips: [SPELLINGS[0]] } });
  watch();
  const response = await use(TARGET, key, { headers: { "cf-connecting-ip": spelling } });
  expect(response.status).toBe(200);
});

test.each(SPELLINGS)("A077 %s is the one address that is blocked", async (spelling) => {
  const { key } = await someKeyOf(TARGET, { restrictions: { blocked_ips: [SPELLINGS[1]] } });
  const watched = watch();
  const response = await use(TARGET, key, { headers: { "cf-connecting-ip": spelling } });
  await expectRefused(response, TARGET, "ip_not_allowed", watched, [key]);
});

test.each(["::ffff:203.0.113.9", "::FFFF:CB00:7109", "0:0:0:0:0:ffff:203.0.113.9"])(
  "A077 %s is the IPv4 address that is blocked",
  async (spelling) => {
    const { key } = await someKeyOf(TARGET, { restrictions: { blocked_ips: ["203.0.113.9"] } });
    const watched = watch();
    const response = await use(TARGET, key, { headers: { "cf-connecting-ip": spelling } });
    await expectRefused(response, TARGET, "ip_not_allowed", watched, [key]);
  },
);

const REFERRERS = referrerVectors.cases.filter(
  ({ referer }) => referer === null || isSendable(referer),
);

test.each(REFERRERS)("A078 $id $allow $referer: $note", async (row) => {
  const restrictions = { referrers: row.allow };
  if (row.expect === "invalid-rule") return expectBadRules(restrictions);
  const { key } = await someKeyOf(TARGET, { restrictions });
  const watched = watch();
  const headers: HeadersInit = row.referer === null ? {} : { referer: row.referer };
  const response = await use(TARGET, key, { headers });
  if (row.expect === "deny") {
    await expectRefused(response, TARGET, "referrer_not_allowed", watched, [key]);
  } else {
    expect([response.status, watched.reached.length]).toEqual([200, 1]);
  }
});

it("A078 nearly all vectors can be sent, the others stand in the unit tests", () => {
  expect(referrerVectors.cases.length - REFERRERS.length).toBeLessThanOrEqual(3);
});

const SITE = { restrictions: { referrers: ["https://app.example/*"] } };

test.each(TARGETS)("A079 $dialect: Origin speaks where Referer is not sent", async (target) => {
  const { key } = await someKeyOf(target, SITE);
  const watched = watch();
  const allowed = await use(target, key, { headers: { origin: "https://app.example" } });
  expect([allowed.status, watched.reached.length]).toEqual([200, 1]);
  watched.reached.length = 0;
  const refused = await use(target, key, { headers: { origin: "https://evil.test" } });
  await expectRefused(refused, target, "referrer_not_allowed", watched, [key]);
});

test.each(TARGETS)("A079 $dialect: Referer and Origin must both be allowed", async (target) => {
  const { key } = await someKeyOf(target, SITE);
  const watched = watch();
  for (const [referer, origin] of [
    ["https://app.example/x", "https://evil.test"],
    ["https://evil.test/", "https://app.example"],
    ["https://app.example/x", "null"],
    ["", ""],
  ] as const) {
    const response = await use(target, key, { headers: { referer, origin } });
    await expectRefused(response, target, "referrer_not_allowed", watched, [key]);
  }
});

test.each(TARGETS)("A080 $dialect: a rule means its own method and path", async (target) => {
  const path = pathOf(target);
  const { key } = await someKeyOf(target, { restrictions: { endpoints: [`GET ${path}`] } });
  const watched = watch();
  const headers = withKey(target, key);
  for (const method of ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"]) {
    const response = await attack(path, { method, headers });
    await expectRefused(response, target, "endpoint_not_allowed", watched, [key]);
  }
  expect((await attack(path, { method: "HEAD", headers })).status).toBe(200);
});

test.each(["/strategies/ITEMS/7", "/strategies/itemsX/7", "/strategies/items", "/strategies/item"])(
  "A080 %s is not below /strategies/items/",
  async (path) => {
    const restrictions = { endpoints: ["GET /strategies/items/*"] };
    const { key } = await someKeyOf(TARGET, { restrictions });
    const watched = watch();
    const response = await attack(path, { headers: withKey(TARGET, key) });
    await expectRefused(response, TARGET, "endpoint_not_allowed", watched, [key]);
  },
);

test.each([
  "(a+)+$",
  "GET /(a+)+$",
  "**",
  "/**",
  "/a/*/b",
  "/a*",
  "GET  /a",
  "TRACE /a",
  "/a/../b",
  "/a%2fb",
  `/${"a".repeat(10_240)}`,
])("A081 the endpoint rule %s is refused when it is given", async (rule) => {
  await expectBadRules({ endpoints: [rule] });
});

it("A081 100 rules and a path of 8 KiB are judged at once", async () => {
  const long = "/strategies/" + "a/".repeat(250);
  const endpoints = Array.from({ length: 99 }, (_, i) => `GET ${long}${i}/*`);
  const restrictions = { endpoints: [...endpoints, "GET /strategies/items/*"] };
  const { key } = await someKeyOf(TARGET, { restrictions });
  const watched = watch();
  const path = `/strategies/${"a/".repeat(4090)}x`;
  await use(TARGET, key); // The record is at hand from now on.
  watched.reached.length = 0;
  const startMs = performance.now();
  const response = await attack(path, { headers: withKey(TARGET, key) });
  await expectRefused(response, TARGET, "endpoint_not_allowed", watched, [key]);
  expect(performance.now() - startMs).toBeLessThan(1000);
});

test.each(TARGETS)(
  "A082 $dialect: a stricter rule is in force on the next request",
  async (target) => {
    const { id, key } = await makeKeyOf(target);
    watch();
    expect((await use(target, key)).status).toBe(200);
    await operate("PATCH", `/api-keys/${id}`, { restrictions: { ips: ["203.0.113.7"] } });
    vi.restoreAllMocks();
    const watched = watch();
    await expectRefused(await use(target, key), target, "ip_not_allowed", watched, [key]);
  },
);

test.each(TARGETS)("A083 $dialect: a request outside the rules takes nothing", async (target) => {
  const { key } = await makeKeyOf(target, { ...ALLOWED, limits: { minute: 3 } });
  const watched = watch();
  for (let i = 0; i < 5; i += 1) {
    const response = await use(target, key);
    expect(response.headers.get("x-ratelimit-remaining")).toBe("3");
    await expectRefused(response, target, "ip_not_allowed", watched, [key]);
  }
  const allowed = await use(target, key, { headers: { "cf-connecting-ip": "203.0.113.7" } });
  expect(allowed.headers.get("x-ratelimit-remaining")).toBe("2");
});

test.each(TARGETS)(
  "A084 $dialect: over its limit and outside its rules, a key is told of the rules",
  async (target) => {
    const { key } = await makeKeyOf(target, { ...ALLOWED, limits: { minute: 1 } });
    const watched = watch();
    const from = (ip: string): Promise<Response> =>
      use(target, key, { headers: { "cf-connecting-ip": ip } });
    expect((await from("203.0.113.7")).status).toBe(200);
    watched.reached.length = 0;
    const response = await from("198.51.100.1");
    expect(response.headers.has("retry-after")).toBe(false);
    await expectRefused(response, target, "ip_not_allowed", watched, [key]);
    await expectRefused(await from("203.0.113.7"), target, "rate_limited", watched, [key]);
  },
);
