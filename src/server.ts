import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { buildApp } from "./app.ts";
import { readConfig } from "./config.ts";
import { ConfigError } from "./errors.ts";

/** Starts Switchboard; ends it on SIGTERM or SIGINT. Agents and the opencode server go on. */
async function main(): Promise<void> {
  const config = readConfig(process.env);
  const app = await buildApp(config);
  const address = await app.listen({ host: config.http.host, port: config.http.port });
  // The agent's side reads it anew for each call, so a restart on another port is no matter.
  writeFileSync(join(config.dataDir, "reply-url"), `${address}\n`);

  const stop = () => {
    app.close().then(
      () => process.exit(0),
      (error: unknown) => {
        app.log.error({ err: error }, "could not close cleanly");
        process.exit(1);
      },
    );
  };
  process.once("SIGTERM", stop);
  process.once("SIGINT", stop);
}

main().catch((error: unknown) => {
  const problems = problemsOf(error);
  if (!problems) throw error;
  process.stderr.write("Switchboard cannot start:\n");
  for (const problem of problems) process.stderr.write(`  - ${problem}\n`);
  process.exit(1);
});

/** What the operator has to put right, one line each; undefined for a fault of our own. */
function problemsOf(error: unknown): string[] | undefined {
  if (error instanceof ConfigError) return error.problems;
  // A folder that cannot be used, a port that is taken: the system's own words name it.
  return error instanceof Error && "syscall" in error ? [error.message] : undefined;
}
