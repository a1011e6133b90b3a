import type { Test } from "tap";
import { freePort } from "../../sandbox/port.ts";
import { BotApiServer } from "../../sandbox/telegram/server.ts";
import { endTmuxServer } from "../../sandbox/tmux-server.ts";
import { tempDir, testEnv, token } from "./app.ts";
import { until } from "./until.ts";

/**
 * Where Switchboard can run as a process of its own: a Bot API server, a folder, a port and a tmux socket,
 * with nobody behind the agents. All of it is gone at the end of the test.
 */
export async function place(t: Test) {
  const telegram = new BotApiServer({ token });
  const apiRoot = await telegram.listen();
  t.teardown(() => telegram.close());
  const dir = tempDir(t);
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const socket = `switchboard-place-${process.pid}-${port}`;
  t.teardown(() => endTmuxServer(socket));
  const env = {
    ...testEnv(dir),
    PATH: process.env["PATH"] ?? "",
    HOME: dir,
    TELEGRAM_API_ROOT: apiRoot,
    PUBLIC_URL: url,
    PORT: String(port),
    TMUX_SOCKET_NAME: socket,
    LOG_LEVEL: "warn",
  };
  /** Resolves once Switchboard answers. */
  const listens = () =>
    until(() =>
      fetch(`${url}/healthz`).then(
        ({ ok }) => ok || undefined,
        () => undefined,
      ),
    );
  return { telegram, dir, url, env, listens };
}
