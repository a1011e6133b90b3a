import { runBackup } from "./run.ts";

process.exitCode = await runBackup(process.argv.slice(2), process.env, {
  out: (line) => process.stdout.write(`${line}\n`),
  err: (line) => process.stderr.write(`${line}\n`),
});
