/**
 * The tests of core for the mutation run: under plain Node, because core is pure and thousands of runs in
 * workerd would take hours. `npm test` runs the same files in workerd.
 */
import path from "node:path";
import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

const root = path.resolve(import.meta.dirname, "../..");

/** Property tests last: one failing test is enough, and a unit test fails sooner. */
class QuickTestsFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return files.toSorted((a, b) => rankOf(a.moduleId) - rankOf(b.moduleId));
  }
}

function rankOf(file: string): number {
  if (file.includes("/property/")) return 2;
  return file.includes("-vectors") ? 1 : 0;
}

export default defineConfig({
  root,
  test: {
    include: ["test/unit/*.test.ts", "test/property/*.test.ts"],
    exclude: [
      "**/*.deep.test.ts",
      // Mutants count each of their evaluations, so a volume that takes no time takes minutes.
      "test/unit/*-volume.test.ts",
      "test/unit/{config,demo-*,dialects,json-rpc-dialect,jwt}.test.ts",
    ],
    setupFiles: ["test/mutation/short-properties.ts"],
    testTimeout: 60_000,
    sequence: { sequencer: QuickTestsFirst },
  },
});
