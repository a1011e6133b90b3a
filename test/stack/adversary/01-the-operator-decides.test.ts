import { existsSync } from "node:fs";
import { join } from "node:path";
import { test } from "tap";
import type { ChatMessage } from "../../../sandbox/telegram/chats.ts";
import {
  killOpencode,
  runs,
  settled,
  stackMissing,
  startStage,
  terminalReady,
} from "../../support/stage.ts";
import { takeOver } from "../../support/take-over.ts";

test(
  "1. the operator decides what may run, on the real opencode",
  { skip: stackMissing() },
  async (t) => {
    const stage = await startStage(t, { permission: { bash: "ask" } });
    const { telegram, model } = stage;
    model.script = ({ toolResults }) =>
      toolResults.length > 0 ? { text: "ended" } : runs("touch ran");
    const { work, caught } = takeOver(stage);

    await t.test(
      "a workspace turns asking off neither by a restart nor by a dispose",
      async (t) => {
        // Ends opencode and its terminals, as docs/agents.md says; the next message starts them again.
        await stage.tmux("kill-server");
        for (const round of ["restarted", "disposed"]) {
          const since = telegram.mark();
          telegram.operatorSends({ text: round });
          const isCard = ({ text, reply_markup }: ChatMessage) =>
            text.includes("touch ran") && reply_markup !== undefined;
          const card = await telegram.shown(isCard, { since, timeoutMs: 60_000 });
          t.notOk(existsSync(join(work, "ran")), "nothing runs before it is allowed");
          telegram.operatorPresses({ messageId: card.message_id, button: "Reject" });
          await settled(stage);
          const { status } = await stage.opencode(
            `/instance/dispose?directory=${encodeURIComponent(work)}`,
            { method: "POST" },
          );
          t.equal(status, 200);
        }
        for (const name of ["plugin", "mcp", "module"])
          t.notOk(existsSync(caught(name)), `no ${name} ran`);
      },
    );

    await t.test(
      "a terminal brings no plugin of the workspace with it, nor does a crash",
      async (t) => {
        const none = () => {
          for (const name of ["plugin", "other", "tui", "module"])
            t.notOk(existsSync(caught(name)), name);
        };
        await terminalReady(stage);
        const api = `/api/command?directory=${encodeURIComponent(work)}`;
        t.equal((await stage.opencode(api)).status, 200);
        none();
        await killOpencode(stage);
        const since = telegram.mark();
        telegram.operatorSends({ text: "after a crash" });
        const isCard = ({ text, reply_markup }: ChatMessage) =>
          text.includes("touch ran") && reply_markup !== undefined;
        const card = await telegram.shown(isCard, { since, timeoutMs: 60_000 });
        telegram.operatorPresses({ messageId: card.message_id, button: "Reject" });
        await settled(stage);
        await terminalReady(stage);
        t.equal((await stage.opencode(api)).status, 200);
        none();
      },
    );

    await t.test("the project's AGENTS.md still reaches the model, once", async (t) => {
      const { system } = await model.seen(({ prompt }) => prompt === "disposed");
      t.equal(system.split("The code word is PLUM.").length, 2);
      t.match(system, `Instructions from: ${join(work, "AGENTS.md")}`);
    });
  },
);
