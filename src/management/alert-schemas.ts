/**
 * What management takes of alert rules. A rule, or a setting of one, that is left out is its default, so a
 * body describes the whole set. What each rule is for stands here, too, for the OpenAPI document.
 */
import * as v from "valibot";
import { DEFAULT_RULES, type RuleName } from "../core/alert-rules.ts";
import { integer, members } from "./member-schemas.ts";

/** What each rule looks for. */
export const RULE_MEANINGS: Readonly<Record<RuleName, string>> = {
  high_volume:
    "More admitted requests in an hour than `requests_per_hour`, or than `factor` times the median of the " +
    "same hours of the past 7 days, once there are 7, but at least `minimum_requests`.",
  new_ip:
    "Requests from an address, or the /64 of an IPv6 address, not seen in the past 30 days. On its first " +
    "day an account only learns.",
  new_country: "Requests from a country not seen in the past 30 days; likewise.",
  high_error_rate:
    "`percent` or more of the answers of the last quarter of an hour, of which there are at least " +
    "`minimum_requests`, are 4xx or 5xx.",
  near_limit: "A key has used `percent` or more of one of its windows of a minute or longer.",
  unused_key: "A key that works was not used for `days`.",
  rotation_due:
    "The text of a key that works is `days` old, in the environments `test` and `development` `test_days`.",
  old_text_used: "The text before a rotation is used in the last `last_percent` of its grace.",
};

const COUNT = integer(1, 1_000_000_000, "an integer from 1 to 1000000000");
const PERCENT = integer(1, 100, "an integer from 1 to 100");
const DAYS = integer(1, 3650, "an integer from 1 to 3650");
const FACTOR = integer(2, 1000, "an integer from 2 to 1000");

const RULES = DEFAULT_RULES;

const high_volume = rule("high_volume", {
  requests_per_hour: v.optional(COUNT, RULES.high_volume.requests_per_hour),
  factor: v.optional(FACTOR, RULES.high_volume.factor),
  minimum_requests: v.optional(COUNT, RULES.high_volume.minimum_requests),
});
const high_error_rate = rule("high_error_rate", {
  percent: v.optional(PERCENT, RULES.high_error_rate.percent),
  minimum_requests: v.optional(COUNT, RULES.high_error_rate.minimum_requests),
});
const near_limit = rule("near_limit", {
  percent: v.optional(PERCENT, RULES.near_limit.percent),
});
const unused_key = rule("unused_key", { days: v.optional(DAYS, RULES.unused_key.days) });
const rotation_due = rule("rotation_due", {
  days: v.optional(DAYS, RULES.rotation_due.days),
  test_days: v.optional(DAYS, RULES.rotation_due.test_days),
});
const old_text_used = rule("old_text_used", {
  last_percent: v.optional(PERCENT, RULES.old_text_used.last_percent),
});

/** `PUT /accounts/:id/alerts` */
export const ALERTS_BODY = members({
  rules: v.optional(
    members({
      high_volume: v.optional(high_volume, {}),
      new_ip: v.optional(rule("new_ip", {}), {}),
      new_country: v.optional(rule("new_country", {}), {}),
      high_error_rate: v.optional(high_error_rate, {}),
      near_limit: v.optional(near_limit, {}),
      unused_key: v.optional(unused_key, {}),
      rotation_due: v.optional(rotation_due, {}),
      old_text_used: v.optional(old_text_used, {}),
    }),
    {},
  ),
  webhook: v.optional(
    v.nullable(
      members({
        url: v.string("must be a URL"),
        enabled: v.optional(v.boolean("must be true or false"), true),
        new_secret: v.optional(v.boolean("must be true or false"), false),
      }),
    ),
    null,
  ),
});
export type AlertsBody = v.InferOutput<typeof ALERTS_BODY>;

/** A rule with its settings, and a switch. */
function rule<const E extends v.ObjectEntries>(name: RuleName, settings: E) {
  const enabled = v.optional(v.boolean("must be true or false"), RULES[name].enabled);
  return v.pipe(
    members({ enabled, ...settings }),
    v.metadata({ description: RULE_MEANINGS[name] }),
  );
}
