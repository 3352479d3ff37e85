/** Restrictions as fields: one rule on each line. */
import type { JSX } from "preact";
import type { GivenRestrictions } from "../../core/restrictions.ts";
import type { Failure } from "../api.ts";
import { TextField } from "./field.tsx";

const LISTS = [
  ["ips", "Allowed IP addresses", "An address or range a line, e.g. 203.0.113.0/24. Empty: all."],
  ["blocked_ips", "Blocked IP addresses", "Refused even where the list above allows them."],
  ["referrers", "Allowed web pages", "e.g. https://*.example.com/app/*. Empty: all."],
  ["endpoints", "Allowed endpoints", "e.g. GET /v1/users/*. Empty: all."],
] as const;

/** Rules as they are typed, by list. */
export type RuleTexts = Readonly<Record<string, string>>;

/** What is typed for rules that there are. */
export function toRuleTexts(rules: GivenRestrictions): RuleTexts {
  return Object.fromEntries(LISTS.map(([name]) => [name, (rules[name] ?? []).join("\n")]));
}

/** The rules that were typed; an empty list is none. */
export function fromRuleTexts(texts: RuleTexts): GivenRestrictions {
  const lists = LISTS.map(([name]) => {
    const lines = (texts[name] ?? "").split("\n").map((line) => line.trim());
    return [name, lines.filter((line) => line !== "")] as const;
  });
  return Object.fromEntries(lists.filter(([, rules]) => rules.length > 0));
}

/** The fields. */
export function RulesFields(props: {
  readonly texts: RuleTexts;
  readonly onTexts: (texts: RuleTexts) => void;
  readonly failure: Failure | null;
}): JSX.Element {
  const { texts, onTexts, failure } = props;
  return (
    <div class="row">
      {LISTS.map(([name, label, hint]) => (
        <TextField
          key={name}
          label={label}
          hint={hint}
          rows={3}
          name={`restrictions.${name}`}
          failure={failure}
          value={texts[name] ?? ""}
          onValue={(text) => onTexts({ ...texts, [name]: text })}
        />
      ))}
    </div>
  );
}
