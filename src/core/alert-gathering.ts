/**
 * What a key's object has seen since it last told its account. What may matter to an alert rule is told in
 * minutes, what is ordinary within an hour of use, so that a quiet key costs next to nothing. Pure.
 */
import type { DecideCall, Decision } from "./decision.ts";
import {
  addDigests,
  DIGEST_FORMAT,
  NOTHING_SEEN,
  SLOT_MS,
  sumAnswers,
  type Digest,
  type Fullest,
} from "./alert-digest.ts";
import { parseAddress } from "./ip.ts";
import { HOUR_MS, MINUTE_MS, type Seen } from "./usage.ts";
import type { WindowView } from "./window.ts";

/** What is to be told, and names that were told before. */
export interface Gathering {
  /** Since when there is something to tell, epoch ms; `null` while there is nothing. */
  readonly sinceMs: number | null;
  /** Whether something of it may matter to a rule. */
  readonly urgent: boolean;
  readonly digest: Digest;
  readonly told: Pick<Digest, "ips" | "countries">;
}

export const NOTHING_GATHERED: Gathering = {
  sinceMs: null,
  urgent: false,
  digest: NOTHING_SEEN,
  told: { ips: [], countries: [] },
};

/** Names of each kind that are remembered as told. */
const MAX_TOLD = 100;
/** How long is gathered: what may matter to a rule, and what is ordinary. */
const URGENT_MS = 5 * MINUTE_MS;
const ORDINARY_MS = HOUR_MS;
/** From when on numbers alone may matter. */
const URGENT_REQUESTS = 100;
const URGENT_ERRORS = 10;
const URGENT_PERCENT = 70;

/** Notes what was decided about a call that was counted, or was over a limit. */
export function gatherDecision(
  gathering: Gathering,
  call: DecideCall,
  { outcome, windows }: Decision,
  isOldText: boolean,
  nowMs: number,
): Gathering {
  if (call.cost === 0 || (outcome !== "admitted" && outcome !== "rate_limited")) return gathering;
  const fullest = findFullest(windows);
  if (outcome === "rate_limited") return gather(gathering, { fullest }, nowMs);
  const { country, facts } = call;
  const network = networkOf(facts.ip);
  const seen: Partial<Digest> = {
    requests: { [Math.floor(nowMs / HOUR_MS)]: call.cost },
    ips: network === null ? [] : [network],
    countries: country === undefined ? [] : [country],
    fullest,
    oldTextUsedMs: isOldText ? nowMs : null,
  };
  return gather(gathering, seen, nowMs);
}

/** Notes what was seen of answers. */
export function gatherAnswers(gathering: Gathering, seen: Seen, nowMs: number): Gathering {
  if (seen.length === 0) return gathering;
  const answers = seen.map(({ minute, tally: { status } }) => {
    const all = Object.values(status).reduce((sum, count) => sum + count, 0);
    const errors = (status["4xx"] ?? 0) + (status["5xx"] ?? 0);
    return { [Math.floor((minute * MINUTE_MS) / SLOT_MS)]: [all, errors] as const };
  });
  return gather(gathering, { answers: sumAnswers(answers) }, nowMs);
}

/** When what was gathered is to be told, epoch ms; `null` while there is nothing. */
export function tellAtMs(gathering: Gathering): number | null {
  if (gathering.sinceMs === null) return null;
  return gathering.sinceMs + (gathering.urgent ? URGENT_MS : ORDINARY_MS);
}

/** What is left once it is told: nothing, and the names that it told. */
export function startGathering({ digest, told }: Gathering): Gathering {
  const ips = keepNewest(told.ips, digest.ips);
  const countries = keepNewest(told.countries, digest.countries);
  return { ...NOTHING_GATHERED, told: { ips, countries } };
}

/** Takes back what could not be told, to be tried again after a while. */
export function takeBack(gathering: Gathering, untold: Gathering, nowMs: number): Gathering {
  const digest = addDigests(untold.digest, gathering.digest);
  const urgent = untold.urgent || gathering.urgent;
  return { sinceMs: nowMs, urgent, digest, told: untold.told };
}

/** Writes what is gathered, with the version of its form. */
export function packGathering(gathering: Gathering): string {
  return JSON.stringify([DIGEST_FORMAT, gathering]);
}

/** Reads it; what cannot be read is taken for nothing. */
export function unpackGathering(stored: string | null): Gathering {
  try {
    const [format, gathering] = JSON.parse(stored ?? "[]") as [number?, Gathering?];
    return format === DIGEST_FORMAT && gathering ? gathering : NOTHING_GATHERED;
  } catch {
    return NOTHING_GATHERED;
  }
}

function gather(gathering: Gathering, seen: Partial<Digest>, nowMs: number): Gathering {
  const digest = addDigests(gathering.digest, { ...NOTHING_SEEN, ...seen });
  const { told } = gathering;
  const urgent = gathering.urgent || mayMatter({ digest, told });
  return { sinceMs: gathering.sinceMs ?? nowMs, urgent, digest, told };
}

function mayMatter({ digest, told }: Pick<Gathering, "digest" | "told">): boolean {
  const { requests, answers, ips, countries, fullest, oldTextUsedMs } = digest;
  const admitted = Object.values(requests).reduce((sum, count) => sum + count, 0);
  const failed = Object.values(answers).reduce((sum, [, errors]) => sum + errors, 0);
  return (
    admitted >= URGENT_REQUESTS ||
    failed >= URGENT_ERRORS ||
    (fullest?.percent ?? 0) >= URGENT_PERCENT ||
    oldTextUsedMs !== null ||
    ips.some((ip) => !told.ips.includes(ip)) ||
    countries.some((country) => !told.countries.includes(country))
  );
}

/**
 * A second is over before anyone could do something about it, so its windows are left out; so are those
 * that all keys of an account share, which no one key has filled.
 */
function findFullest(windows: readonly WindowView[]): Fullest | null {
  return windows.reduce<Fullest | null>((fullest, { name, limit, remaining, shared }) => {
    const percent = Math.floor(((limit - remaining) / limit) * 100);
    if (name === "second" || shared === true || percent <= (fullest?.percent ?? 0)) return fullest;
    return { window: name, percent };
  }, null);
}

function keepNewest(told: readonly string[], names: readonly string[]): readonly string[] {
  return [...told.filter((name) => !names.includes(name)), ...names].slice(-MAX_TOLD);
}

/** One subscriber has the whole /64 of an IPv6 address, and takes another of it as often as it likes. */
function networkOf(text: string | null): string | null {
  const address = text === null ? null : parseAddress(text);
  if (address === null) return null;
  const [first = 0, second = 0] = address.words;
  if (address.words.length === 1) {
    return [24, 16, 8, 0].map((shift) => (first >>> shift) & 255).join(".");
  }
  const groups = [first >>> 16, first & 0xffff, second >>> 16, second & 0xffff];
  return `${groups.map((group) => group.toString(16)).join(":")}::/64`;
}
