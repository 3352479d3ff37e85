/**
 * Limits and their fixed windows. A window opens with the first request counted in it and lasts its
 * length; a request is counted in all windows or in none. Pure: state in, verdict and state out.
 */

/** The windows a limit can have, in seconds. A month is 30 days. */
export const WINDOW_SECONDS = {
  second: 1,
  minute: 60,
  hour: 3600,
  day: 86_400,
  month: 2_592_000,
} as const;

export type WindowName = keyof typeof WINDOW_SECONDS;

/** How many requests a key may make in each window; a window that is not named is not limited. */
export type Limits = { readonly [Name in WindowName]?: number };

/** An open window of one key: when it opened and what was counted in it. */
export interface WindowCount {
  readonly name: WindowName;
  readonly openedAtMs: number;
  readonly used: number;
}

/** What a client may know of one window. */
export interface WindowView {
  readonly name: WindowName;
  readonly limit: number;
  readonly remaining: number;
  /** When the window's whole limit is free again, in epoch milliseconds. */
  readonly resetAtMs: number;
  /** Of all keys of an account together. */
  readonly shared?: true;
}

/** The verdict over all windows. `counts` is what to store: nothing is added unless admitted. */
export interface Taken {
  readonly admitted: boolean;
  readonly counts: readonly WindowCount[];
  readonly views: readonly WindowView[];
}

const NAMES = Object.keys(WINDOW_SECONDS) as readonly WindowName[];

/**
 * Takes `cost` from every limited window, or from none when one of them has less left.
 * A cost of 0 takes nothing, opens nothing and is always admitted.
 */
export function take(
  limits: Limits,
  counts: readonly WindowCount[],
  cost: number,
  nowMs: number,
): Taken {
  const open = counts.flatMap((count) => keepOpen(count, nowMs));
  const limited = NAMES.filter((name) => limits[name] !== undefined);
  const used = (name: WindowName): number => open.find((c) => c.name === name)?.used ?? 0;
  const admitted = cost === 0 || limited.every((name) => used(name) + cost <= (limits[name] ?? 0));
  const unlimited = open.filter((count) => limits[count.name] === undefined);
  const next =
    admitted && cost > 0
      ? [...unlimited, ...limited.map((name) => add(open, name, cost, nowMs))]
      : open;
  return { admitted, counts: next, views: limited.map((name) => view(limits, next, name, nowMs)) };
}

/** The windows that had too little left for `cost`. */
export function violated(views: readonly WindowView[], cost: number): readonly WindowView[] {
  return views.filter((window) => window.remaining < cost);
}

/** What a window is called in answers: `minute`, or `shared-minute` of an account's. */
export function labelOf({ name, shared }: WindowView): string {
  return shared === true ? `shared-${name}` : name;
}

/** When a window is over, epoch milliseconds. */
export function resetAtMsOf({ name, openedAtMs }: Omit<WindowCount, "used">): number {
  return openedAtMs + WINDOW_SECONDS[name] * 1000;
}

/** The views of a key that has used nothing yet. */
export function untouched(limits: Limits, nowMs: number): readonly WindowView[] {
  return take(limits, [], 0, nowMs).views;
}

/**
 * Drops a window that is over. A clock that stepped back re-anchors the window at its new reading
 * with its count kept, so it admits no more than the limit and stays shut for one length at most.
 */
function keepOpen(count: WindowCount, nowMs: number): readonly WindowCount[] {
  if (nowMs < count.openedAtMs) return [{ ...count, openedAtMs: nowMs }];
  return nowMs < resetAtMsOf(count) ? [count] : [];
}

function add(
  open: readonly WindowCount[],
  name: WindowName,
  cost: number,
  nowMs: number,
): WindowCount {
  const count = open.find((c) => c.name === name) ?? { name, openedAtMs: nowMs, used: 0 };
  return { ...count, used: count.used + cost };
}

function view(
  limits: Limits,
  counts: readonly WindowCount[],
  name: WindowName,
  nowMs: number,
): WindowView {
  const limit = limits[name] ?? 0;
  const count = counts.find((c) => c.name === name);
  const openedAtMs = count?.openedAtMs ?? nowMs;
  return {
    name,
    limit,
    remaining: Math.max(0, limit - (count?.used ?? 0)),
    resetAtMs: resetAtMsOf({ name, openedAtMs }),
  };
}
