/** The shapes of alerts in answers, bound to the types that the representation has. */
import { DEFAULT_RULES, type AlertRules, type RuleName } from "../../core/alert-rules.ts";
import type {
  AlertEventRepresentation,
  AlertsRepresentation,
  WebhookRepresentation,
} from "../alert-representation.ts";
import { RULE_MEANINGS } from "../alert-schemas.ts";
import { nullable, objectOf, say, type JsonSchema } from "./json-schema.ts";

const RULE_NAMES = Object.keys(DEFAULT_RULES) as readonly RuleName[];

export const ALERTS_SCHEMA = objectOf<AlertsRepresentation>({
  rules: objectOf<AlertRules>(
    Object.fromEntries(
      RULE_NAMES.map((name) => [name, say(RULE_MEANINGS[name], ruleSchema(name))]),
    ) as Record<RuleName, JsonSchema>,
  ),
  webhook: say(
    "Where it is sent.",
    nullable(
      objectOf<WebhookRepresentation>(
        {
          url: { type: "string" },
          enabled: say("`false` also after the URL has answered 410.", { type: "boolean" }),
          secret_made_at: { type: "string", format: "date-time" },
          secret: say("What signs the messages. It is shown this once.", { type: "string" }),
        },
        ["secret"],
      ),
    ),
  ),
});

export const ALERT_EVENT_SCHEMA = objectOf<AlertEventRepresentation>({
  id: { type: "string" },
  at: { type: "string", format: "date-time" },
  rule: { type: "string", enum: RULE_NAMES },
  key: say(
    "The key that it concerns, or by which it was found; `null` where all keys together are looked at.",
    nullable({ type: "string" }),
  ),
  phase: { type: "string", enum: ["started", "ended"] },
  delivery: say(
    "How far it is on its way to the webhook: `none` where there was none, `failed` after a day of attempts.",
    { type: "string", enum: ["pending", "delivered", "failed", "none"] },
  ),
  details: say("What was found; of what is over, since when it was.", { type: "object" }),
});

function ruleSchema(name: RuleName): JsonSchema {
  const settings = Object.entries<number | boolean>({ ...DEFAULT_RULES[name] });
  const properties = settings.map(([setting, value]): readonly [string, JsonSchema] => [
    setting,
    { type: typeof value === "boolean" ? "boolean" : "integer" },
  ]);
  return objectOf<Record<string, unknown>>(Object.fromEntries(properties));
}
