/** What Linux tells of a running process, and on which core it runs. */
import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { cpus } from "node:os";

/** Linux counts CPU time in hundredths of a second for every program. */
const TICKS_PER_SECOND = 100;

/** CPU time that a process has used so far, in seconds; 0 where there is no /proc. */
export function readCpuSeconds(pid: number): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The name before may hold anything; fields are counted from behind it (proc_pid_stat(5)).
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
  } catch {
    return 0;
  }
}

/** Memory that a process holds, in MiB. */
export function readMemoryMib(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024;
}

/** Whether the runtime and its load can have a core each. */
export const PINNED: boolean = cpus().length >= 2 && spawnSync("taskset", ["-V"]).status === 0;

/** The program and arguments that run a command on the core of what is measured. */
export function onMeasuredCore(command: readonly string[]): readonly [string, ...string[]] {
  return PINNED ? ["taskset", "-c", "0", ...command] : [command[0] ?? "", ...command.slice(1)];
}

/** Moves this process, which is generator and origin, to the other core. */
export function moveToLoadCore(): void {
  if (!PINNED) return;
  execFileSync("taskset", ["-a", "-c", "-p", "1", String(process.pid)], { stdio: "ignore" });
}
