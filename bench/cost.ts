/** `npm run bench:cost`: what is billed for a million requests, counted while they are served. */
import { startOrigin } from "./load/origin.ts";
import { measureProfiles, type Measured } from "./cost-profiles.ts";
import { readOptions } from "./options.ts";
import { DOLLARS_PER_MILLION, OBJECT_GB } from "./prices.ts";
import { formatTable } from "./report/table.ts";
import { moveToLoadCore } from "./subjects/process-stat.ts";
import { formatTarget, targetOf } from "./targets.ts";
import { writeFileSync } from "node:fs";

/** Dollars for a million requests beyond the Worker request itself. */
function addedDollars({ counts, requests }: Measured): number {
  const { objectMs, ...billed } = counts;
  const gbSeconds = (objectMs / 1000) * OBJECT_GB;
  const operations = Object.entries(billed).map(
    ([name, count]) => count * DOLLARS_PER_MILLION[name as keyof typeof billed],
  );
  const dollars = operations.reduce((sum, each) => sum + each, 0);
  return (dollars + gbSeconds * DOLLARS_PER_MILLION.objectGbSeconds) / requests;
}

const options = readOptions();
moveToLoadCore();
const origin = await startOrigin();
const profiles = await measureProfiles(origin.url, options);
origin.close();

console.log("\nBillable operations for each request, counted:\n");
const operationRows = profiles.map(({ name, design, counts, requests }) => [
  name,
  design,
  String(requests),
  ...[
    counts.kvReads,
    counts.kvWrites,
    counts.objectRequests,
    counts.rowsRead,
    counts.rowsWritten,
  ].map((count) => (count / requests).toFixed(4)),
  ((counts.objectMs / requests) * OBJECT_GB).toFixed(3),
]);
const operations = ["KV reads", "KV writes", "object calls", "rows read", "rows written", "MB-s"];
console.log(formatTable(["profile", "design", "requests", ...operations], operationRows));

console.log("\nThe bill for a million requests, in dollars of 2026-11:\n");
const billRows = profiles.map((measured) => {
  const added = addedDollars(measured);
  const total = added + DOLLARS_PER_MILLION.workerRequests;
  return [measured.name, measured.design, `$${added.toFixed(3)}`, `$${total.toFixed(3)}`];
});
console.log(formatTable(["profile", "design", "added", "with the Worker"], billRows));

const checks = profiles
  .filter(({ design }) => design === "authorizer")
  .flatMap((measured) => [
    [`rows written, ${measured.name}`, measured.counts.rowsWritten / measured.requests] as const,
    [`added cost, ${measured.name}`, addedDollars(measured)] as const,
  ]);
const targetRows = checks.flatMap(([name, value]) => {
  const target = targetOf(name);
  return target === null ? [] : [[name, value.toFixed(4), ...formatTarget(value, target)]];
});
console.log(`\n${formatTable(["", "value", "target", ""], targetRows)}`);
if (options.jsonFile !== null) {
  writeFileSync(options.jsonFile, `${JSON.stringify({ profiles, checks }, null, 2)}\n`);
}
