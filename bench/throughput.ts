/** `npm run bench`: how much the authorizer costs, as ratios to what stands in its place without it. */
import { writeFileSync } from "node:fs";
import path from "node:path";
import { measureAddedLatency } from "./added-latency.ts";
import { startOrigin } from "./load/origin.ts";
import { runRounds } from "./load/scenario.ts";
import { measureMemory } from "./memory.ts";
import { formatPlacement, readOptions } from "./options.ts";
import { formatChart } from "./report/chart.ts";
import { BUSY_LEGEND, formatScenarios, writeJson } from "./report/scenarios.ts";
import { formatTable } from "./report/table.ts";
import { listManyKeysScenarios, listScenarios } from "./scenarios.ts";
import { measureStartUp } from "./start-up.ts";
import { moveToLoadCore } from "./subjects/process-stat.ts";
import { FEW_KEYS, MANY_KEYS, startStage, stopStage } from "./subjects/stage.ts";

const PICTURE = path.resolve(import.meta.dirname, "../docs/benchmark.svg");

const options = readOptions();
moveToLoadCore();
const origin = await startOrigin();
const stage = await startStage(origin.url, FEW_KEYS);
const fewKeys = await runRounds(listScenarios(stage, origin, options), { ...options, restMs: 0 });
const authorised = fewKeys.find(({ name }) => name === "authorised, 1 key")?.rps.median ?? 0;
const latencies = await measureAddedLatency(stage, authorised / 2, options);
await stopStage(stage);
// In a process of their own: what follows a thousand keys' use is done by then, or ends with it.
const manyKeysStage = await startStage(origin.url, MANY_KEYS, options.rounds);
const manyKeys = await runRounds(listManyKeysScenarios(manyKeysStage, options), options);
await stopStage(manyKeysStage);
const results = [...fewKeys, ...manyKeys];

console.log(`\n${formatPlacement()}\n\n${formatScenarios(results)}`);
console.log(`\n${BUSY_LEGEND}`);
if (stage.keys.warm.signingSecret === null) {
  console.log("signed POST: SKIPPED, creating a key shows no signing_secret.");
}

const latencyRows = latencies.map(({ name, p50Ms, p99Ms }) => [
  name,
  p50Ms.toFixed(2),
  p99Ms.toFixed(2),
]);
console.log(`\nLatency at ${(authorised / 2).toFixed(0)} requests a second, ms:`);
console.log(formatTable(["", "p50", "p99"], latencyRows));
const memory = await measureMemory(origin.url, options);
const memoryRows = memory.map(({ name, mib }) => [name, mib.toFixed(0)]);
console.log(`\n${formatTable(["resident memory of the process", "MiB"], memoryRows)}`);
origin.close();

const { gatewayPath, atStart, inAll } = await measureStartUp();
const startRows = [
  ["an API's request needs", gatewayPath],
  ["evaluated before the first request", atStart],
  ["in all", inAll],
].map(([name, bytes]) => [String(name), (Number(bytes) / 1024).toFixed(1)]);
console.log(`\n${formatTable(["code, minified and gzipped", "KB"], startRows)}`);

if (options.jsonFile !== null) writeJson(options.jsonFile, results, { latencies, memory });
if (!options.quick) {
  writeFileSync(PICTURE, formatChart(results));
  console.log(`\nPicture: ${path.relative(process.cwd(), PICTURE)}`);
}
