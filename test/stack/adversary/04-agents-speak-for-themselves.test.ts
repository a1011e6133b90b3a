import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "tap";
import { runs, settled, stackMissing, startStage, until } from "../../support/stage.ts";

test(
  "4. an agent's shell speaks and reads as that agent alone, and no longer than it runs",
  { skip: stackMissing() },
  async (t) => {
    const stage = await startStage(t);
    const { telegram, model } = stage;
    const ask = async (text: string, command: string) => {
      model.script = ({ toolResults }) =>
        toolResults.length > 0 ? { text: `done: ${toolResults[0]}` } : runs(command);
      telegram.operatorSends({ text });
      const { text: answer } = await telegram.shown(
        (message) => message.text.startsWith("done: "),
        {
          since: telegram.mark(),
        },
      );
      await settled(stage);
      return answer;
    };
    const get =
      "printf 'Authorization: Bearer %s' \"$SWITCHBOARD_REPLY_TOKEN\" | curl -sH @-" +
      ' "$SWITCHBOARD_URL/messages';
    t.match(
      await ask("what did I write", `${get}?session=$OPENCODE_SESSION_ID"`),
      "what did I write",
    );
    telegram.operatorSends({ text: "/start other" });
    await telegram.shown(({ text }) => text.startsWith("other is starting"));
    t.match(
      await ask("read his", `${get}?agent=default_agent"`),
      "speaks and reads only for itself",
    );
    t.match(await ask("speak as him", "send-telegram --agent default_agent hello"), "(403");

    const workspace = stage.env["WORKSPACE_DIR"] ?? "";
    const job =
      "while [ ! -e go ]; do sleep 0.05; done; send-telegram 'I still speak' 2>err; echo $? >code";
    await ask("leave a job", `(${job}) >/dev/null 2>&1 & echo left`);
    telegram.operatorSends({ text: "/stop" });
    await telegram.shown(({ text }) => text.startsWith("other stopped"));
    writeFileSync(join(workspace, "go"), "");
    const code = await until(async () => {
      try {
        return readFileSync(join(workspace, "code"), "utf8").trim() || undefined;
      } catch {
        return undefined;
      }
    });
    t.equal(code, "1");
    t.notOk(telegram.chat().some(({ text }) => text.includes("I still speak")));
  },
);
