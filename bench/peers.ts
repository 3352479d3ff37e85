/** `npm run bench:peers`: the same load on the same core for what a user would take instead. */
import { startOrigin } from "./load/origin.ts";
import { cycle, runRounds, saturating, type ScenarioResult } from "./load/scenario.ts";
import { formatPlacement, readOptions } from "./options.ts";
import { BUSY_LEGEND, formatBusy, writeJson } from "./report/scenarios.ts";
import { formatTable } from "./report/table.ts";
import { formatGet } from "./scenarios.ts";
import { createAccount, createKeys, startAuthorizer } from "./subjects/authorizer.ts";
import { installPeers, PEER_KEY, PEERS } from "./subjects/peers.ts";
import { moveToLoadCore } from "./subjects/process-stat.ts";
import { formatTarget, targetOf } from "./targets.ts";

const AUTHORISED = "authorised, 1 key";

const options = readOptions();
installPeers();
moveToLoadCore();
const origin = await startOrigin();
const authorizer = await startAuthorizer(origin.url);
const [key] = await createKeys(authorizer.port, await createAccount(authorizer.port, "bench"), 1);
const next = cycle([formatGet(key?.text ?? "")]);
const scenarios = [
  saturating(AUTHORISED, null, { subject: authorizer, next, status: 200 }, options),
];
const subjects = [authorizer];
for (const peer of PEERS) {
  if (peer.obstacle !== null) {
    console.log(`${peer.name}: SKIPPED, ${peer.obstacle}`);
    continue;
  }
  const subject = await peer.start(origin.url);
  subjects.push(subject);
  const traffic = { subject, next: cycle([formatGet(PEER_KEY)]), status: 200 };
  scenarios.push(saturating(peer.name, AUTHORISED, traffic, options));
}
const results = (await runRounds(scenarios, { ...options, restMs: 0 })).map(invert);
await Promise.all(subjects.map(({ stop }) => stop()));
origin.close();

const rows = results.map(({ name, rps, cpuMicros, busy, ratio }) => [
  name,
  PEERS.find((peer) => peer.name === name)?.runsOn ?? "workerd",
  rps.median.toFixed(0),
  `${rps.min.toFixed(0)}–${rps.max.toFixed(0)}`,
  cpuMicros.toFixed(0),
  formatBusy(busy),
  ratio?.median.toFixed(2) ?? "",
  ratio === null ? "" : `${ratio.min.toFixed(2)}–${ratio.max.toFixed(2)}`,
  ...formatTarget(ratio?.median ?? 0, ratio === null ? null : targetOf(name)),
]);
const titles = [
  "",
  "runs on",
  "req/s",
  "lowest–highest",
  "CPU µs",
  "busy",
  "authorised ÷ it",
  "spread",
];
console.log(`\n${formatPlacement()}\n\n${formatTable([...titles, "target", ""], rows)}`);
console.log(`\n${BUSY_LEGEND}\n\nWhat each does not do:`);
for (const { name, lacks } of PEERS) console.log(`  ${name}: ${lacks}.`);
if (options.jsonFile !== null) writeJson(options.jsonFile, results);

/** The ratio is read as how many times a peer's requests the authorizer serves. */
function invert(result: ScenarioResult): ScenarioResult {
  const { ratio } = result;
  if (ratio === null) return result;
  const { median, min, max } = ratio;
  return { ...result, ratio: { median: 1 / median, min: 1 / max, max: 1 / min } };
}
