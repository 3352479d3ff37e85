/**
 * `KeyState`: the object of one key, named by the key's id, and the authority over it. Every admitted
 * request is decided and counted here. One thread, no timers, no knowledge of the configuration.
 */
import { DurableObject } from "cloudflare:workers";
import {
  UNUSED,
  decide,
  limitsOf,
  unknownDecision,
  type DecideCall,
  type Decision,
  type KeyUse,
  type Replay,
} from "../core/decision.ts";
import {
  readCall,
  sendDecision,
  type SentCall,
  type SentDecision,
} from "../core/decision-format.ts";
import { supersedes, type KeyRecord } from "../core/record.ts";
import type { Seen } from "../core/usage.ts";
import { USAGE_FORMAT, type UsageAsked, type UsageFound } from "../core/usage-query.ts";
import { joinShared, readTaken, SHARED_FORMAT, type SharedTaken } from "../core/shared-limits.ts";
import type { Account } from "./account.ts";
import { createAlarmClock, earliest } from "./alarm-clock.ts";
import { createCounter } from "../core/counter.ts";
import { createDigestKeeper, type DigestKeeper } from "./digest-keeper.ts";
import {
  loadDigest,
  loadRecord,
  loadUsage,
  loadUse,
  saveRecord,
  saveUse,
} from "./key-state-tables.ts";
import { callObject, type Remote } from "./object-call.ts";
import { createReplayTable } from "./replay-table.ts";
import { createUsageKeeper, type UsageKeeper } from "./usage-keeper.ts";

/** `taken`: another key already has this id. An older record than the stored one is ignored. */
export type InstallResult = "installed" | "taken";

/** Shorter than what the edge waits for this object, so that the answer is this object's. */
const SHARED_DEADLINE_MS = 700;
const DIGEST_DEADLINE_MS = 5000;
/** Refusals write nothing: their usage asks for an alarm when it was not saved for so long. */
const USAGE_SAVED_MS = 60_000;
const ALARM_MS = 8000;

export class KeyState extends DurableObject {
  #record: KeyRecord | null;
  readonly #counter;
  readonly #alarm = createAlarmClock(this.ctx.storage);
  readonly #replays = createReplayTable(this.ctx.storage.sql);
  readonly #usage: UsageKeeper;
  readonly #digests: DigestKeeper;

  constructor(ctx: DurableObjectState, env: Cloudflare.Env) {
    super(ctx, env);
    this.#record = loadRecord(ctx.storage);
    const known = this.#record !== null;
    this.#counter = createCounter(known ? loadUse(ctx.storage) : UNUSED);
    this.#usage = createUsageKeeper(ctx.storage, known ? loadUsage(ctx.storage) : null);
    this.#digests = createDigestKeeper(known ? loadDigest(ctx.storage) : null);
  }

  /** Decides one request; what it counts is durable before the answer leaves. */
  decide(sent: SentCall): SentDecision | Promise<SentDecision> {
    const call = readCall(sent);
    const record = this.#record;
    if (record === null) return sendDecision(unknownDecision(Date.now()), sent);
    if (call.seen !== undefined) this.#observe(call.seen);
    if (record.shared === true) return this.#decideShared(record, call, sent);
    return this.#finish(this.#decide(record, call, true), sent);
  }

  #finish(decision: Decision, sent: SentCall): SentDecision {
    this.#keepUsage(decision.nowMs);
    this.#askForAlarm(this.#digests.alarmAtMs(decision.nowMs));
    return sendDecision(this.#writesSoon() ? { ...decision, restsLater: true } : decision, sent);
  }

  /** Adds what was seen of answers; writes only when no alarm comes that would. */
  observe(seen: Seen): void {
    if (this.#record === null) return;
    this.#observe(seen);
    if (!this.#writesSoon()) this.#store(this.#counter.mark, null, "");
  }

  /** How the key was used, `null` for an id that was never installed. */
  readUsage(asked: UsageAsked): UsageFound | null {
    if (asked.format !== USAGE_FORMAT) throw new Error("unknown call format");
    return this.#record === null ? null : this.#usage.read(asked);
  }

  /** Makes a record the one in force, unless it is older than the one that is. */
  install(record: KeyRecord): InstallResult {
    const current = this.#record;
    if (current !== null && !isSameKey(current, record)) return "taken";
    if (current === null || supersedes(record, current)) {
      saveRecord(this.ctx.storage, record);
      this.#record = record;
    }
    return "installed";
  }

  /** The record and what was counted, `null` for an id that was never installed. */
  describe(): { readonly record: KeyRecord; readonly use: KeyUse } | null {
    return this.#record === null ? null : { record: this.#record, use: this.#counter.counted };
  }

  override async alarm(): Promise<void> {
    this.#alarm.rang();
    const record = this.#record;
    if (record === null) return;
    await this.#digests.tell(record, (message) =>
      this.#askAccount(record, (account) => account.noteDigest(message), DIGEST_DEADLINE_MS),
    );
    this.#counter.giveBack(Date.now(), (mark) => this.#store(mark, null, ""));
    const dueAtMs = this.#counter.dueAtMs();
    const isUnsaved = this.#usage.isUnsaved || this.#digests.isUnsaved;
    if (dueAtMs === null && isUnsaved) this.#store(this.#counter.mark, null, "");
    await this.#alarm.set(earliest(dueAtMs, this.#digests.alarmAtMs(Date.now())));
  }

  #observe(seen: Seen): void {
    this.#usage.observe(seen, Date.now());
    this.#digests.observe(seen);
  }

  /** Whether an alarm comes soon that stores what is in memory. */
  #writesSoon(): boolean {
    return this.#alarm.isAwaitedBy(Date.now() + ALARM_MS);
  }

  /** What no write has taken along waits for an alarm of its own, once in a minute at most. */
  #keepUsage(nowMs: number): void {
    const { isUnsaved, savedAtMs } = this.#usage;
    if (!isUnsaved || this.#writesSoon() || nowMs - savedAtMs < USAGE_SAVED_MS) return;
    this.#askForAlarm(nowMs + ALARM_MS);
  }

  #askForAlarm(atMs: number | null): void {
    if (this.#alarm.needs(atMs)) this.ctx.waitUntil(this.#alarm.set(atMs));
  }

  /** Decides by the key's own windows; `counting` false changes nothing. */
  #decide(record: KeyRecord, call: DecideCall, counting: boolean): Decision {
    const nowMs = Date.now();
    const { signature, requestId } = call;
    const replay = signature.kind === "verified" ? signature.replay : null;
    const replayed = replay !== null && this.#replays.isReplayed(replay, requestId);
    const counter = this.#counter;
    const { decision, use } = decide(record, counter.counted, call, nowMs, replayed);
    if (counting) this.#note(record, call, decision);
    if (use === null || !counting) return decision;
    if (decision.outcome === "admitted") {
      counter.admit(use, call.cost, limitsOf(record, call), nowMs, (mark) =>
        this.#store(mark, replay, requestId),
      );
      this.#askForAlarm(counter.dueAtMs());
    } else {
      counter.settle(use, (mark) => this.#store(mark, null, requestId));
    }
    return decision;
  }

  async #decideShared(record: KeyRecord, call: DecideCall, sent: SentCall): Promise<SentDecision> {
    return this.#finish(await this.#joinShared(record, call), sent);
  }

  /**
   * Decides by the account's windows, too. What the account has taken for a request that others have
   * overtaken in the meantime is given back.
   */
  async #joinShared(record: KeyRecord, call: DecideCall): Promise<Decision> {
    const preview = this.#decide(record, call, false);
    const cost = preview.outcome === "admitted" ? call.cost : 0;
    const shared = { format: SHARED_FORMAT, cost } as const;
    const taken = await this.#askShared(record, (account) => account.takeShared(shared));
    if (!taken.admitted) {
      const untaken = this.#decide(record, { ...call, cost: 0 }, false);
      const refused = joinShared(untaken, taken, call.cost);
      this.#note(record, call, refused);
      return refused;
    }
    const decision = this.#decide(this.#record ?? record, call, true);
    if (cost === 0 || decision.outcome === "admitted") return joinShared(decision, taken, cost);
    const resetsAtMs = taken.windows.map(({ resetAtMs }) => resetAtMs);
    const rest = await this.#askShared(record, (account) =>
      account.returnShared({ ...shared, resetsAtMs }),
    );
    return joinShared(decision, rest, cost);
  }

  #askShared(
    record: KeyRecord,
    ask: (remote: Remote<Account>) => Promise<SharedTaken>,
  ): Promise<SharedTaken> {
    const askAndRead = async (remote: Remote<Account>): Promise<SharedTaken> =>
      readTaken(await ask(remote));
    return this.#askAccount(record, askAndRead, SHARED_DEADLINE_MS);
  }

  #askAccount<T>(
    { account }: KeyRecord,
    ask: (remote: Remote<Account>) => Promise<T>,
    deadlineMs: number,
  ): Promise<T> {
    const address = { part: "account", namespace: this.env.ACCOUNT, name: account } as const;
    return callObject(address, ask, deadlineMs);
  }

  #note(record: KeyRecord, call: DecideCall, decision: Decision): void {
    this.#usage.note(call, decision, decision.nowMs);
    this.#digests.note(record, call, decision);
  }

  /** One transaction: the counts and the signature that they were counted for. */
  #store(mark: KeyUse | null, replay: Replay | null, requestId: string): void {
    if (mark === null && replay === null) return;
    const { storage } = this.ctx;
    storage.transactionSync(() => {
      if (mark !== null) saveUse(storage, mark, this.#usage.save(Date.now()), this.#digests.save());
      if (replay !== null) this.#replays.remember(replay, requestId, Date.now());
    });
  }
}

function isSameKey(a: KeyRecord, b: KeyRecord): boolean {
  return a.account === b.account && a.key.createdAtMs === b.key.createdAtMs;
}
