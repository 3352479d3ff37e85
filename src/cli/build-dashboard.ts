/**
 * `npm run build`: the dashboard's page, from `src/dashboard` into the folder that wrangler uploads. What
 * was built from the same sources is left as it is, so that every start and deploy can ask for it; a
 * build takes the place of the one before as a whole.
 */
import { createHash } from "node:crypto";
import {
  existsSync,
  globSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";

const ROOT = path.resolve(import.meta.dirname, "../..");
const TARGET = path.join(ROOT, ".wrangler/dashboard");
const STAMP = path.join(ROOT, ".wrangler/dashboard.sha256");
const SOURCES = [
  "src/dashboard/**/*",
  "src/core/*.ts",
  "src/cli/build-dashboard.ts",
  "package-lock.json",
];

/** A digest of everything that the page is made of. */
function digestSources(): string {
  const digest = createHash("sha256");
  const files = SOURCES.flatMap((pattern) => globSync(pattern, { cwd: ROOT, withFileTypes: true }));
  const paths = files
    .filter((file) => file.isFile())
    .map((file) => path.join(file.parentPath, file.name));
  for (const file of paths.toSorted()) digest.update(`${file}\n`).update(readFileSync(file));
  return digest.digest("hex");
}

function isCurrent(stamp: string): boolean {
  return existsSync(TARGET) && existsSync(STAMP) && readFileSync(STAMP, "utf8") === stamp;
}

async function buildInto(outDir: string): Promise<void> {
  const { build } = await import("vite");
  await build({
    root: path.join(ROOT, "src/dashboard"),
    configFile: false,
    base: "/manage/",
    publicDir: false,
    logLevel: "warn",
    oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
    build: {
      outDir: path.join(outDir, "manage"),
      emptyOutDir: true,
      target: "es2023",
      // The page's policy allows what its own host serves, nothing inline.
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      reportCompressedSize: false,
    },
  });
}

const stamp = digestSources();
if (!isCurrent(stamp)) {
  const fresh = `${TARGET}.${process.pid}`;
  const old = `${fresh}.old`;
  mkdirSync(fresh, { recursive: true });
  await buildInto(fresh);
  if (existsSync(TARGET)) renameSync(TARGET, old);
  renameSync(fresh, TARGET);
  rmSync(old, { recursive: true, force: true });
  writeFileSync(STAMP, stamp);
}
