import { takeSecrets } from "./access/exported-secrets.ts";

const usage = `Usage: npm start [-- --version]
Starts Switchboard with the settings in .env, until Ctrl-C. npm run setup makes .env, and npm run doctor checks all of it.
`;

if (process.argv[2] === "--help" || process.argv[2] === "-h") {
  process.stdout.write(usage);
  process.exit(0);
}
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
