/** `npm run pull`: brings updates to Switchboard where Telegram cannot reach it. See docs/receive.md. */
import { takeSecrets } from "../../src/access/exported-secrets.ts";

const { env } = await takeSecrets();
const { pull } = await import("./pull.ts");
const stopping = new AbortController();
for (const signal of ["SIGTERM", "SIGINT"]) process.once(signal, () => stopping.abort());
process.exitCode = await pull(env, stopping.signal, (line) => {
  process.stderr.write(`${line}\n`);
});
