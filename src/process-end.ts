import { setTimeout as pause } from "node:timers/promises";

const threadsWithinMs = 1000;
const lookEveryMs = 20;

// What Node does in threads of its own, as `getActiveResourcesInfo` names it: files and look-ups.
const threadWork = /^(FSReq|FILEHANDLECLOSEREQ|GetAddrInfo|GetNameInfo)/;

/**
 * Ends the process with an exit code. `process.exit` waits for Node's threads, for good where one
 * hangs in a file operation: after a second the process kills itself instead, since nothing else ends
 * such a thread.
 */
export async function endProcess(code: number): Promise<void> {
  const deadline = performance.now() + threadsWithinMs;
  while (process.getActiveResourcesInfo().some((name) => threadWork.test(name))) {
    if (performance.now() > deadline) process.kill(process.pid, "SIGKILL");
    await pause(lookEveryMs);
  }
  process.exit(code);
}
