import * as fc from "fast-check";
import { expect, it } from "vitest";
import { decodeUnreserved, findAmbiguity } from "../../src/core/path.ts";
import { checkProperty } from "../support/check-property.ts";

const piece = fc.oneof(
  fc.constantFrom("/", "%", "%25", "%2e", "%2F", "%5c", "%32", "%66", "2f", "f", "..", ";", "\\"),
  fc.string({ unit: "binary", maxLength: 3 }),
);
const pathname = fc
  .array(piece, { maxLength: 12 })
  .map((pieces) => new URL(`https://api.example.test/${pieces.join("")}`).pathname);

/** What an origin may make of a path that decodes it as a whole, and perhaps once more. */
function readings(path: string): readonly string[] {
  try {
    const once = decodeURIComponent(path);
    return [once, decodeURIComponent(once)];
  } catch {
    return [];
  }
}

it("decoding a path that is not ambiguous, once or twice, gives no other segments", () => {
  checkProperty(
    fc.property(pathname, (path) => {
      if (findAmbiguity(path) !== null) return;
      for (const reading of readings(path)) {
        const segments = reading.split("/");
        expect(segments).toHaveLength(path.split("/").length);
        expect(segments).not.toContain("..");
        expect(reading).not.toContain("\\");
      }
    }),
    4000,
  );
});

it("decoding unreserved characters twice is the same as once", () => {
  checkProperty(
    fc.property(pathname, (path) => {
      fc.pre(findAmbiguity(path) === null);
      const decoded = decodeUnreserved(path);
      expect(decodeUnreserved(decoded)).toBe(decoded);
    }),
    500,
  );
});
