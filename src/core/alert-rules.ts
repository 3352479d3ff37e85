/**
 * The alert rules of an account: what each looks for, and its settings where an account has set none. The
 * names are those of the API, so that rules are stored as they are told.
 */

/** Whether a rule tells anything; what goes on of one that is switched off ends. */
interface Switch {
  readonly enabled: boolean;
}

/** A complete set of rules. */
export interface AlertRules {
  /**
   * More requests in an hour than a bound, or than so many times what is usual: the median of the same
   * hours of the 7 days before, once there are 7, but not below a minimum.
   */
  readonly high_volume: Switch & {
    readonly requests_per_hour: number;
    readonly factor: number;
    readonly minimum_requests: number;
  };
  /** Requests from an address that was not seen in the 30 days before. */
  readonly new_ip: Switch;
  /** The same for countries. */
  readonly new_country: Switch;
  /** So many percent of the answers of a quarter of an hour are of class 4xx or 5xx. */
  readonly high_error_rate: Switch & {
    readonly percent: number;
    readonly minimum_requests: number;
  };
  /** A key has used so many percent of a window of a minute or longer. */
  readonly near_limit: Switch & { readonly percent: number };
  /** A key was not used for so many days. */
  readonly unused_key: Switch & { readonly days: number };
  /** A key's text is so many days old; `test_days` is for keys of test environments. */
  readonly rotation_due: Switch & { readonly days: number; readonly test_days: number };
  /** The text before a rotation was used in the last so many percent of its grace. */
  readonly old_text_used: Switch & { readonly last_percent: number };
}

export type RuleName = keyof AlertRules;

/** The rules of an account that has set none; the ages are those that the published pages recommend. */
export const DEFAULT_RULES: AlertRules = {
  high_volume: { enabled: true, requests_per_hour: 100_000, factor: 4, minimum_requests: 100 },
  new_ip: { enabled: true },
  new_country: { enabled: true },
  high_error_rate: { enabled: true, percent: 25, minimum_requests: 50 },
  near_limit: { enabled: true, percent: 90 },
  unused_key: { enabled: true, days: 90 },
  rotation_due: { enabled: true, days: 90, test_days: 180 },
  old_text_used: { enabled: true, last_percent: 25 },
};

/** Rules as they were stored, with the default of each that the code of then did not know. */
export function completeRules(stored: Partial<AlertRules>): AlertRules {
  return { ...DEFAULT_RULES, ...stored };
}
