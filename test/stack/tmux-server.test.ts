import { existsSync } from "node:fs";
import { execa } from "execa";
import { test } from "tap";
import { endTmuxServer, tmuxSocket } from "../../sandbox/tmux-server.ts";
import { stackMissing } from "../support/stage.ts";
import { until } from "../support/until.ts";

test(
  "with a tmux server ends what runs in it, also what takes no notice of the end",
  { skip: stackMissing() },
  async (t) => {
    const socket = `ends-${process.pid}`;
    t.teardown(() => endTmuxServer(socket, 0));
    const tmux = async (...words: string[]) =>
      (await execa("tmux", ["-L", socket, ...words], { extendEnv: true })).stdout;
    const stubborn = "trap '' HUP TERM; echo deaf; while :; do sleep 1; done";
    await tmux("new-session", "-d", "-s", "stubborn", "sh", "-c", stubborn);
    await tmux("new-session", "-d", "-s", "other", "cat");
    await until(async () =>
      (await tmux("capture-pane", "-p", "-t", "=stubborn:")).includes("deaf") ? true : undefined,
    );
    const pids = (await tmux("list-panes", "-a", "-F", "#{pane_pid}")).split("\n").map(Number);
    t.equal(pids.length, 2);
    await endTmuxServer(socket, 50);
    await until(() => (pids.every((pid) => !existsSync(`/proc/${pid}`)) ? true : undefined));
    t.notOk(existsSync(tmuxSocket(socket)));
  },
);

test("where no tmux server runs there is nothing to end", { skip: stackMissing() }, async (t) => {
  await t.resolves(endTmuxServer(`none-${process.pid}`));
});
