import { test } from "tap";
import { botTexts, paths, settled, stackMissing, startStage, until } from "../../support/stage.ts";

test(
  "15. a tmux server that stops answering holds up no prompt",
  { skip: stackMissing() },
  async (t) => {
    const stage = await startStage(t);
    const { telegram, model } = stage;
    model.script = ({ prompt }) => ({ text: `answer to ${prompt}` });
    const ready = async () => {
      const response = await fetch(`${stage.url}/readyz`);
      return { status: response.status, body: await response.json() };
    };
    const answered = (prompt: string) =>
      telegram.shown(({ text }) => text === `answer to ${prompt}`);

    // opencode's own first prompt takes seconds, which are not ours.
    telegram.operatorSends({ text: "before it" });
    await answered("before it");
    await settled(stage);
    const server = Number(await stage.tmux("display-message", "-p", "#{pid}"));
    process.kill(server, "SIGSTOP");
    t.teardown(() => process.kill(server, "SIGCONT"));
    const asked = Date.now();
    telegram.operatorSends({ text: "while tmux hangs" });
    await answered("while tmux hangs");
    t.ok(Date.now() - asked < 10_000, `it took ${Date.now() - asked} ms`);
    t.equal(paths(stage).at(-1), "api");
    await telegram.shown(({ text }) => text.startsWith("The terminal of default_agent does not"));
    t.ok(Date.now() - asked < 10_000, `the operator is told after ${Date.now() - asked} ms`);
    t.match(await ready(), { status: 503, body: { missing: { tmux: "tmux does not answer" } } });
    telegram.operatorSends({ text: "/screen" });
    await telegram.shown(({ text }) => text.startsWith("The terminal cannot be read right now"));

    process.kill(server, "SIGCONT");
    await until(async () => ((await ready()).status === 200 ? true : undefined));
    await settled(stage);
    telegram.operatorSends({ text: "after it" });
    await answered("after it");
    await settled(stage);
    t.equal(paths(stage).at(-1), "tmux", "prompts are typed again");
    const about = botTexts(stage).filter((text) => text.startsWith("The terminal of"));
    t.match(about, [/does not respond/, "The terminal of default_agent responds again."]);
    t.equal(botTexts(stage).filter((text) => text.startsWith("answer to")).length, 3);
  },
);
