import { takeSecrets } from "./access/exported-secrets.ts";

if (process.argv[2] === "--version") {
  const { about } = await import("./version.ts");
  process.stdout.write(`${about()}\n`);
  process.exit(0);
}
// Before anything else is loaded: this may replace the process.
const taken = await takeSecrets();
// What this process makes is for its own user; agents keep the umask of the operator.
const agentUmask = process.umask(0o077);
const { serve } = await import("./serve.ts");
await serve({ ...taken, agentUmask });
