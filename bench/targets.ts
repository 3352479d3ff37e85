/** What each number must reach, all in one place. Ratios are medians of one run. */

/** At least or at most a value. */
export type Target = { readonly atLeast: number } | { readonly atMost: number };

/** Name of what is measured → what it must reach. */
export const TARGETS = {
  "authorised, 1 key": { atLeast: 0.6 },
  "authorised, 1,000 keys": { atLeast: 0.5 },
  "junk key": { atLeast: 0.85 },
  "over limit": { atLeast: 0.8 },
  "signed POST, 1 KB": { atLeast: 0.9 },
  "hono-rate-limiter and KV": { atLeast: 1.5 },
  "better-auth": { atLeast: 3 },
  "rows written, 1 key at 10,000/min": { atMost: 0.01 },
  "rows written, 1 key at 100/min": { atMost: 0.25 },
  "added cost, 1 key at 10,000/min": { atMost: 0.25 },
} as const satisfies Readonly<Record<string, Target>>;

/** The target of a name, `null` when it has none. */
export function targetOf(name: string): Target | null {
  return Object.entries(TARGETS).find(([key]) => key === name)?.[1] ?? null;
}

/** Whether a value reaches its target; `null` without one. */
export function meets(value: number, target: Target | null): boolean | null {
  if (target === null) return null;
  return "atLeast" in target ? value >= target.atLeast : value <= target.atMost;
}

/** Words a target and whether it is met, for a table. */
export function formatTarget(value: number, target: Target | null): readonly [string, string] {
  if (target === null) return ["", ""];
  const bound = "atLeast" in target ? `≥ ${target.atLeast}` : `≤ ${target.atMost}`;
  return [bound, meets(value, target) === true ? "met" : "MISSED"];
}
