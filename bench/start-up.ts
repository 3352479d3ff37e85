/**
 * How much code an isolate evaluates before its first request: what is reached by static imports. What is
 * imported when it is first asked for does not count.
 */
import { createRequire } from "node:module";
import path from "node:path";
import { gzipSync } from "node:zlib";

const ROOT = path.resolve(import.meta.dirname, "..");

/** All that a request to an API needs: the handler and its key's object. */
const GATEWAY_PATH = `
  export { handleRequest } from "./src/app.ts";
  export { KeyState } from "./src/adapters/key-state.ts";
`;
/** The deployed entry, whose other objects are classes that must be there from the start, too. */
const ENTRY = `
  export * from "./src/index.ts";
  export { default } from "./src/index.ts";
`;

/** Sizes of minified code, gzipped, in bytes. */
export interface StartUpSize {
  readonly gatewayPath: number;
  readonly atStart: number;
  readonly inAll: number;
}

/** The part of wrangler's own bundler that is used here. */
interface Bundler {
  build(options: object): Promise<Bundle>;
}

interface Bundle {
  readonly outputFiles: readonly File[];
  readonly metafile: { readonly outputs: Readonly<Record<string, Output>> };
}

interface File {
  readonly path: string;
  readonly contents: Uint8Array;
}

interface Output {
  readonly entryPoint?: string;
  readonly imports: readonly { readonly path: string; readonly kind: string }[];
}

/** Bundles the Worker in chunks and adds up those that its start needs. */
export async function measureStartUp(): Promise<StartUpSize> {
  const gateway = await bundle(GATEWAY_PATH);
  const whole = await bundle(ENTRY);
  return {
    gatewayPath: gzippedSize(startedFiles(gateway)),
    atStart: gzippedSize(startedFiles(whole)),
    inAll: gzippedSize(whole.outputFiles),
  };
}

function bundle(contents: string): Promise<Bundle> {
  const requireAsWrangler = createRequire(createRequire(import.meta.url).resolve("wrangler"));
  const bundler = requireAsWrangler("esbuild") as Bundler;
  return bundler.build({
    absWorkingDir: ROOT,
    stdin: { contents, resolveDir: ROOT, loader: "ts" },
    bundle: true,
    splitting: true,
    minify: true,
    format: "esm",
    target: "es2024",
    outdir: ROOT,
    write: false,
    metafile: true,
    external: ["cloudflare:*"],
  });
}

function startedFiles({ outputFiles, metafile: { outputs } }: Bundle): readonly File[] {
  const started = new Set<string>();
  const visit = (name: string): void => {
    if (started.has(name)) return;
    started.add(name);
    for (const { path: next, kind } of outputs[name]?.imports ?? []) {
      if (kind === "import-statement" && outputs[next] !== undefined) visit(next);
    }
  };
  for (const [name, { entryPoint }] of Object.entries(outputs)) {
    if (entryPoint === "<stdin>") visit(name);
  }
  return outputFiles.filter((file) => started.has(path.relative(ROOT, file.path)));
}

function gzippedSize(files: readonly File[]): number {
  return gzipSync(Buffer.concat(files.map(({ contents }) => contents))).length;
}
