import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { test } from "tap";
import {
  runs,
  settled,
  stackMissing,
  startStage,
  terminalReady,
  until,
  warnings,
} from "../../support/stage.ts";

const mode = (path: string) => (statSync(path).mode & 0o777).toString(8);

test(
  "3. only the operator talks to opencode, on the real one",
  { skip: stackMissing() },
  async (t) => {
    const stage = await startStage(t);
    const { telegram, model } = stage;
    const url = stage.env["OPENCODE_API_URL"] ?? "";
    const dataDir = stage.env["DATA_DIR"] ?? "";
    const work = stage.env["WORKSPACE_DIR"] ?? "";
    /** What the agent's shell prints for a command. */
    const prints = async (command: string) => {
      model.script = ({ toolResults }) =>
        toolResults.length > 0 ? { text: "ended" } : runs(command);
      telegram.operatorSends({ text: `print ${command}` });
      const asked = await model.seen(
        ({ prompt, toolResults }) => prompt === `print ${command}` && toolResults.length > 0,
        60_000, // opencode may have to start for it
      );
      await settled(stage);
      return asked.toolResults.join().trim();
    };

    await t.test("another user of the machine is refused, whatever is asked", async (t) => {
      for (const path of ["/session", "/global/health", "/global/event", "/config"]) {
        t.equal((await fetch(`${url}${path}`)).status, 401, path);
      }
      t.equal((await stage.opencode("/session")).status, 200);
      t.equal(mode(join(dataDir, "opencode-password")), "600");
    });

    await t.test("the agent's shell has neither the password nor the token", async (t) => {
      const seen = await prints("env");
      for (const secret of [stage.opencodePassword, stage.env["TELEGRAM_BOT_TOKEN"]]) {
        t.match(secret, /^\S{20,}$/);
        t.notOk(seen.includes(secret ?? ""));
      }
    });

    await t.test("an exported token is not in the process's environment", async (t) => {
      const environ = readFileSync(`/proc/${stage.pid}/environ`, "utf8");
      t.match(environ, "TELEGRAM_ALLOWED_CHAT_ID=1000");
      t.notOk(environ.includes(stage.env["TELEGRAM_BOT_TOKEN"] ?? ""));
      const pids = (await stage.tmux("list-panes", "-a", "-F", "#{pane_pid}")).trim().split("\n");
      const tmux = (await stage.tmux("display-message", "-p", "#{pid}")).trim();
      for (const pid of [...pids, tmux]) {
        const text = readFileSync(`/proc/${pid}/environ`, "utf8");
        t.notOk(text.includes(stage.env["TELEGRAM_BOT_TOKEN"] ?? ""), `process ${pid}`);
      }
    });

    await t.test("what Switchboard and opencode keep is closed to other users", async (t) => {
      const folders = [".local/share/opencode", ".config/opencode", ".local/state/opencode"];
      for (const folder of [dataDir, work, ...folders.map((name) => join(stage.home, name))]) {
        t.equal(mode(folder), "700", folder);
      }
      for (const name of readdirSync(dataDir)) {
        t.match(mode(join(dataDir, name)), /00$/, name);
      }
    });

    await t.test("what the agent makes has the operator's own umask", async (t) => {
      t.equal(await prints("umask"), "0022");
    });

    await t.test("a server started before is used with its password after a restart", async (t) => {
      await stage.stop();
      await stage.start();
      t.equal(await prints("echo again"), "again");
      t.equal(await warnings(stage), "[]");
    });

    await t.test(
      "a server without a password, as before an update, is used and reported",
      async (t) => {
        await stage.stop();
        await stage.tmux("kill-server");
        const { port } = new URL(url);
        const serve = ["opencode", "serve", "--hostname", "127.0.0.1", "--port", port];
        const session = ["new-session", "-d", "-s", "opencode-server", "-c", work];
        // While the old tmux server is still ending, it takes a new client and drops it.
        await until(() =>
          stage.tmux(...session, ...serve).then(
            () => true,
            () => undefined,
          ),
        );
        await until(() =>
          // A server that is starting takes a request and never answers it.
          fetch(`${url}/session`, { signal: AbortSignal.timeout(1000) }).then(
            ({ ok }) => ok || undefined,
            () => undefined,
          ),
        );
        await stage.start();
        const said = /asks for no password.*Restart opencode.* tmux -L \S+ kill-server/;
        await until(async () => (said.test(await warnings(stage)) ? true : undefined));
        telegram.operatorSends({ text: "/status" });
        await telegram.shown(({ text }) => said.test(text));
        t.ok(stage.logLines.some((line) => said.test(line)));
        t.equal(await prints("echo served"), "served");
        await stage.tmux("kill-server");
        t.equal(await prints("echo closed"), "closed");
        await terminalReady(stage);
        t.equal((await fetch(`${url}/session`)).status, 401);
        t.equal(await warnings(stage), "[]");
      },
    );
  },
);
