/** The rules of a key, and what they would have refused in the past day, told while they are typed. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { call, type Failure } from "../api.ts";
import { formatNumber } from "../format.ts";
import { fromRuleTexts, RulesFields, toRuleTexts } from "../parts/rules-fields.tsx";
import { FormFailure } from "../parts/states.tsx";
import type { Key, Usage } from "../types.ts";
import { loadUsage } from "../usage.ts";
import { useLive } from "../use-live.ts";
import { findWouldRefuse, type WouldRefuse } from "../would-refuse.ts";

/** The editor. */
export function RestrictionsPart(props: {
  readonly found: Key;
  readonly path: string;
  readonly onChanged: () => void;
}): JSX.Element {
  const [texts, setTexts] = useState(toRuleTexts(props.found.restrictions));
  const [failure, setFailure] = useState<Failure | null>(null);
  const [told, setTold] = useState("");
  const usage = useLive(`${props.path} day`, () => loadUsage(props.path, "day"), 60_000);
  const rules = fromRuleTexts(texts);
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    const result = await call<Key>("PATCH", props.path, { restrictions: rules });
    setFailure(result.ok ? null : result.failure);
    setTold(result.ok ? "Saved. The rules are in force." : "");
    if (result.ok) props.onChanged();
  };
  return (
    <form class="panel" onSubmit={(event) => void submit(event)}>
      <h2>Restrictions</h2>
      <RulesFields texts={texts} onTexts={setTexts} failure={failure} />
      <section aria-label="What these rules would have refused" aria-live="polite">
        <h3>In the past day these rules would have refused</h3>
        {usage.value === null ? (
          <p class="quiet">
            {usage.failure === null
              ? "Loading…"
              : "Not known: there are no statistics of this key."}
          </p>
        ) : (
          <Verdict verdict={findWouldRefuse(rules, usage.value)} usage={usage.value} />
        )}
      </section>
      <FormFailure failure={failure} />
      <div class="actions">
        <button type="submit" class="primary" disabled={props.found.status === "revoked"}>
          Save the rules
        </button>
        <span role="status">{told}</span>
      </div>
    </form>
  );
}

function Verdict(props: {
  readonly verdict: WouldRefuse | null;
  readonly usage: Usage;
}): JSX.Element {
  const { verdict, usage } = props;
  if (verdict === null) return <p class="wrong">A rule is not valid yet.</p>;
  if (usage.totals.requests === 0) return <p>Nothing: the key was not used.</p>;
  const refused = [
    ...verdict.ips.map(({ ip, requests }) => [`from ${ip}`, requests] as const),
    ...verdict.endpoints.map(({ endpoint, requests }) => [`to ${endpoint}`, requests] as const),
  ];
  return (
    <>
      {refused.length === 0 ? (
        <p>None of the requests from its top addresses and to its top endpoints.</p>
      ) : (
        <ul class="refused">
          {refused.map(([what, requests]) => (
            <li key={what}>
              {formatNumber(requests)} requests <code>{what}</code>
            </li>
          ))}
        </ul>
      )}
      <p class="hint">
        Rules for web pages are not judged here, as the statistics do not keep them; ids in paths
        are kept as :id.
      </p>
    </>
  );
}
