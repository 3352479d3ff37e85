import { expect, it, test } from "vitest";
import { judgeWebhookUrl } from "../../src/core/webhook-target.ts";

test.each([
  "https://hooks.example.com/alerts?token=1",
  "https://hooks.example.com:8443/",
  "https://HOOKS.Example.com./",
  "https://localhost.example.com/",
  "https://internal.example.com/",
  "https://8.8.8.8/",
  "https://[2606:4700:4700::1111]/",
])("A101 an alert may be sent to %s", (url) => {
  expect(judgeWebhookUrl(url, false)).toBeNull();
});

/** Each of them reaches, or may reach, what is not of the public internet. */
const INSIDE = [
  "https://127.0.0.1/",
  "https://127.1/",
  "https://2130706433/",
  "https://0x7f000001/",
  "https://0x7f.0.0.1/",
  "https://017700000001/",
  "https://0177.0.0.01/",
  "https://%31%32%37.0.0.1/",
  "https://127。0。0。1/",
  "https://①②⑦.0.0.1/",
  "https://0/",
  "https://0.0.0.0/",
  "https://10.0.0.1/",
  "https://100.64.0.1/",
  "https://169.254.169.254/latest/meta-data/",
  "https://2852039166/",
  "https://172.16.0.1/",
  "https://172.31.255.255/",
  "https://192.168.1.1/",
  "https://192.0.0.8/",
  "https://192.0.2.1/",
  "https://198.18.0.1/",
  "https://224.0.0.1/",
  "https://255.255.255.255/",
  "https://[::1]/",
  "https://[::]/",
  "https://[::ffff:127.0.0.1]/",
  "https://[::ffff:a9fe:a9fe]/",
  "https://[0:0:0:0:0:ffff:10.0.0.1]/",
  "https://[::127.0.0.1]/",
  "https://[64:ff9b::7f00:1]/",
  "https://[2002:7f00:1::]/",
  "https://[2001:0:7f00:1::]/",
  "https://[2001:db8::1]/",
  "https://[fc00::1]/",
  "https://[fd12:3456::1]/",
  "https://[fe80::1]/",
  "https://[fec0::1]/",
  "https://[ff02::1]/",
  "https://localhost/",
  "https://LOCALHOST./",
  "https://api.localhost/",
  "https://printer.local/",
  "https://metadata.google.internal/",
  "https://metadata.google.internal./",
  "https://router.home.arpa/",
  "https://intranet/",
  "https://hooks/",
];

test.each(INSIDE)("A101 no alert is sent to %s", (url) => {
  expect(judgeWebhookUrl(url, false)).toBe("must have a public host");
});

test.each([
  ["http://hooks.example.com/", "must be an https:// URL"],
  ["ftp://hooks.example.com/", "must be an https:// URL"],
  ["file:///etc/passwd", "must be an https:// URL"],
  ["javascript:alert(1)", "must be an https:// URL"],
  ["data:text/plain,x", "must be an https:// URL"],
  ["http://localhost:9000/", "must be an https:// URL"],
  ["https://user@hooks.example.com/", "must have no user and no password"],
  ["https://hooks.example.com@127.0.0.1/", "must have no user and no password"],
  ["https://:secret@hooks.example.com/", "must have no user and no password"],
  ["hooks.example.com", "must be a URL of at most 2048 characters"],
  ["", "must be a URL of at most 2048 characters"],
  ["https://", "must be a URL of at most 2048 characters"],
  ["https://1.2.3.4.5/", "must be a URL of at most 2048 characters"],
  ["https://[fe80::1%25eth0]/", "must be a URL of at most 2048 characters"],
  [`https://hooks.example.com/${"x".repeat(2048)}`, "must be a URL of at most 2048 characters"],
])("A101 no alert is sent to %j: it %s", (url, mistake) => {
  expect(judgeWebhookUrl(url, false)).toBe(mistake);
});

test.each([
  "http://localhost:9000/alerts",
  "http://127.0.0.1:9000/",
  "http://[::1]:9000/",
  "https://localhost/",
])("in development an alert may be sent to %s", (url) => {
  expect(judgeWebhookUrl(url, true)).toBeNull();
});

it("in development loopback addresses alone are allowed beside public hosts", () => {
  const inside = INSIDE.filter((url) => judgeWebhookUrl(url, true) !== null);
  expect(inside).toContain("https://169.254.169.254/latest/meta-data/");
  expect(inside).toContain("https://10.0.0.1/");
  expect(INSIDE.length - inside.length).toBe(14);
  expect(judgeWebhookUrl("http://hooks.example.com/", true)).toBe("must be an https:// URL");
  expect(judgeWebhookUrl("ftp://localhost/", true)).toBe("must be an https:// URL");
});

function isOwn(host: string): boolean {
  return host === "api.example.com";
}

it("a host of the deployment's own is none, in any spelling that the parser of URLs reads alike", () => {
  for (const url of ["https://api.example.com/x", "https://API.example.com./x"]) {
    expect(judgeWebhookUrl(url, false, isOwn)).toContain("deployment's own");
  }
  expect(judgeWebhookUrl("https://hooks.example.com/x", false, isOwn)).toBeNull();
});
