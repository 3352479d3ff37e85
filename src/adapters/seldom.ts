/** What is worth doing once in a while for each of many names, as long as this isolate remembers. */

/** Whether it is time for a name again; if so, the pause begins. */
export type Seldom = (name: string, nowMs: number) => boolean;

/** Remembers at most `capacity` names; the one whose pause began first goes first. */
export function createSeldom(pauseMs: number, capacity: number): Seldom {
  const beganAtMs = new Map<string, number>();
  return (name, nowMs) => {
    const began = beganAtMs.get(name);
    if (began !== undefined && nowMs < began + pauseMs) return false;
    beganAtMs.delete(name);
    const [oldest] = beganAtMs.keys();
    if (beganAtMs.size >= capacity && oldest !== undefined) beganAtMs.delete(oldest);
    beganAtMs.set(name, nowMs);
    return true;
  };
}
