/** The shapes of usage in answers, bound to the types that the representation has. */
import type { Percentiles } from "../../core/latency.ts";
import type {
  BucketRepresentation,
  StraysRepresentation,
  TotalsRepresentation,
  UsageRepresentation,
} from "../usage-representation.ts";
import { nullable, objectOf, say, type JsonSchema } from "./json-schema.ts";

const COUNT: JsonSchema = { type: "integer", minimum: 0 };
const COUNTS: JsonSchema = { type: "object", additionalProperties: COUNT };
const DATE_TIME: JsonSchema = { type: "string", format: "date-time" };
const MILLISECONDS = nullable({ type: "number", minimum: 0 });

const TOTALS: Readonly<Record<keyof TotalsRepresentation, JsonSchema>> = {
  requests: say("Admitted requests, as the limits count them.", COUNT),
  refused: say("Refusals by reason.", COUNTS),
  status: say("Answers by class, e.g. `2xx`; refusals are among them.", COUNTS),
  latency_ms: say(
    "Until the headers of answers to admitted requests; `null` where none was measured.",
    objectOf<Percentiles>({ p50: MILLISECONDS, p95: MILLISECONDS, p99: MILLISECONDS }),
  ),
};

const SPAN = {
  from: DATE_TIME,
  to: say("The end of the last bucket, which is not in the span any more.", DATE_TIME),
  interval: { type: "string", enum: ["minute", "hour", "day"] },
} as const satisfies Readonly<Record<string, JsonSchema>>;

export const USAGE_SCHEMA = objectOf<UsageRepresentation>(
  {
    ...SPAN,
    totals: objectOf<TotalsRepresentation>(TOTALS),
    buckets: {
      type: "array",
      items: objectOf<BucketRepresentation>({ start: DATE_TIME, ...TOTALS }),
    },
    top_endpoints: topOf(
      "endpoint",
      "By method and path, `:id` in place of what looks like an id; `other` for the rest.",
    ),
    top_ips: topOf("ip", "Client addresses; `other` for the rest."),
    top_countries: topOf("country", "ISO 3166-1 alpha-2, as far as they are known."),
    partial: say("There where keys of an account are left out.", { const: true }),
    keys_left_out: say("How many.", { type: "integer", minimum: 1 }),
  },
  ["partial", "keys_left_out"],
);

export const STRAYS_SCHEMA = objectOf<StraysRepresentation>({
  api: { type: "string" },
  ...SPAN,
  totals: objectOf<Record<"refused", unknown>>({ refused: COUNTS }),
  buckets: {
    type: "array",
    items: objectOf<Record<"start" | "refused", unknown>>({ start: DATE_TIME, refused: COUNTS }),
  },
  top_ips: topOf("ip", "Client addresses; `other` for the rest."),
});

function topOf(name: string, description: string): JsonSchema {
  const entry = objectOf<Record<string, unknown>>({ [name]: { type: "string" }, requests: COUNT });
  return say(description, { type: "array", items: entry });
}
