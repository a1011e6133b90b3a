/** Variables by which npm, tap, Node, malloc and systemd run this process: no settings, and no business of children. */
const ofThisProcess = new Set([
  "NODE_OPTIONS",
  "NODE_COMPILE_CACHE",
  "MALLOC_ARENA_MAX",
  "MALLOC_MMAP_THRESHOLD_",
  "MALLOC_TRIM_THRESHOLD_",
  "NOTIFY_SOCKET",
  "SWITCHBOARD_NOTIFY_FD",
  "WATCHDOG_USEC",
  "WATCHDOG_PID",
  "LISTEN_FDS",
  "LISTEN_FDNAMES",
  "LISTEN_PID",
  "CREDENTIALS_DIRECTORY",
  "INVOCATION_ID",
  "JOURNAL_STREAM",
  "SYSTEMD_EXEC_PID",
  "MAINPID",
  "MANAGERPID",
]);
const prefixes = ["npm_", "TAP"];

/** What child processes inherit of an environment: all but the variables of `settings` and what runs this process. */
export function childEnv(env: NodeJS.ProcessEnv, settings: object): Record<string, string> {
  const isKept = (name: string) =>
    !Object.hasOwn(settings, name) &&
    !ofThisProcess.has(name) &&
    !prefixes.some((prefix) => name.startsWith(prefix));
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) =>
      value !== undefined && isKept(name) ? [[name, value]] : [],
    ),
  );
}
