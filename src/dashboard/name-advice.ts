/**
 * Advice on the names of keys: a good one tells the environment, the application and the purpose, so
 * that whoever has to rotate or revoke it knows what will stop.
 */

const APPLICATIONS = ["backend", "webapp", "mobile-app", "analytics"] as const;
const SHORT: Readonly<Record<string, string>> = { development: "dev" };
const VAGUE =
  /^(?:my[ -]?)?(?:api[ -]?)?(?:key|test|token|new|foo|bar|temp|tmp|untitled|\w)[ -]?\d*$/i;

/** Names to choose from for a key of an environment, without those that are taken. */
export function suggestNames(environment: string, taken: readonly string[]): readonly string[] {
  const short = SHORT[environment] ?? environment;
  const local = environment === "development" || environment === "test";
  const names = [
    ...(local ? [`${short}-local-testing`] : []),
    ...APPLICATIONS.map((application) => `${short}-${application}`),
  ];
  return names.filter((name) => !taken.includes(name)).slice(0, 4);
}

/** What could be better about a name, `null` when nothing is. */
export function judgeName(name: string, taken: readonly string[]): string | null {
  const trimmed = name.trim();
  if (trimmed === "") return null;
  if (taken.includes(trimmed)) return "Another key of this account has this name already.";
  if (!VAGUE.test(trimmed)) return null;
  return "This name will not tell you later what the key is for.";
}
