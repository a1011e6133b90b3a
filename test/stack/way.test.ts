import { readFileSync } from "node:fs";
import { test } from "tap";
import { longestSpoken } from "../../src/outbox/speech.ts";
import {
  begun,
  botTexts,
  paths,
  sending,
  settled,
  shell,
  stackMissing,
  startStage,
  terminalReady,
} from "../support/stage.ts";

const texts = {
  "one line": "Refactor main.py, please",
  "several lines": "first line\n  indented\n\nlast line",
  "quotes and shell characters": `it's "quoted" \`cmd\` $HOME \\ | ; & * ?; foo;`,
  "the TUI's own words": "I see [Pasted ~1 lines], esc interrupt, please set the port to 8080",
  unicode: "Привет 😀 👨‍👩‍👧 naïve שלום ‏ „Größe“ 日本",
  "300 lines": Array.from({ length: 300 }, (_, n) => `line ${n}: value_${n * 7}`).join("\n"),
};

test("the main job on the real opencode and tmux", { skip: stackMissing() }, async (t) => {
  const stage = await startStage(t);
  const { telegram, model } = stage;

  for (const path of ["tmux", "api"] as const) {
    if (path === "api") {
      await stage.stop();
      await stage.start({ DELIVERY: "api" });
      await terminalReady(stage);
    }
    for (const [kind, text] of Object.entries(texts)) {
      await t.test(`${kind}: there and back on the ${path} path, byte for byte`, async (t) => {
        const prompt = `${path} ${text}`;
        model.script = shell(sending(prompt));
        const since = telegram.mark();
        telegram.operatorSends({ text: prompt });
        const first = prompt.slice(0, 20);
        const seen = await model.seen(
          (request) => request.prompt.startsWith(first) && request.toolResults.length === 0,
        );
        t.equal(seen.prompt, prompt, "the model reads what the operator wrote");
        const end = prompt.slice(-12);
        await telegram.shown((message) => message.text.endsWith(end), { since });
        const { length } = botTexts(stage);
        const parts = botTexts(stage).slice(length - Math.ceil(prompt.length / longestSpoken));
        t.equal(parts.join("\n"), prompt, "the operator reads what the agent sent");
        await settled(stage);
        // The agent may reply before the bridge has seen that its prompt was delivered.
        t.equal(paths(stage).at(-1), path);
        t.equal(begun(stage, prompt), 1, "the model was asked once");
        t.equal(botTexts(stage).length, length, "a turn with a reply is not relayed as well");
      });
    }
  }

  await t.test("a turn that ends without a reply is relayed", async (t) => {
    model.script = () => ({ text: "The **final** text, in `file.py`." });
    telegram.operatorSends({ text: "answer without your tool" });
    const shown = await telegram.shown((message) => message.text === "The final text, in file.py.");
    t.match(shown.entities, [
      { type: "bold", offset: 4, length: 5 },
      { type: "code", offset: 19, length: 7 },
    ]);
    await settled(stage);
    t.equal(botTexts(stage).filter((text) => text === shown.text).length, 1);
  });

  await t.test(
    "what an earlier turn left running speaks, and the final text is relayed all the same",
    async (t) => {
      const left = "read go <begin; send-telegram 'The build is done.'; echo done >end";
      model.script = shell(
        `mkfifo begin end; setsid sh -c "${left}" >/dev/null 2>&1 & echo started`,
        "It builds.",
      );
      telegram.operatorSends({ text: "build it, and tell me" });
      await telegram.shown((message) => message.text === "It builds.");
      await settled(stage);
      model.script = shell("echo go >begin; read done <end", "It was the cache.");
      const since = telegram.mark();
      telegram.operatorSends({ text: "why was it red?" });
      await telegram.shown((message) => message.text === "It was the cache.", { since });
      t.same(botTexts(stage).slice(-2), ["The build is done.", "It was the cache."]);
      await settled(stage);
    },
  );

  await t.test("an agent that says nothing at all is not silence", async (t) => {
    model.script = () => ({ text: "" });
    telegram.operatorSends({ text: "say nothing" });
    const told = await telegram.shown((message) => message.text.includes("without an answer"));
    t.ok(told);
  });

  await t.test("a model that fails for good is told once", async (t) => {
    model.script = () => ({ fail: 400 });
    telegram.operatorSends({ text: "this will fail" });
    const told = await telegram.shown((message) => message.text.includes("default_agent failed: "));
    t.notMatch(told.text, /stub|scripted|at /, "no detail reaches the chat");
  });

  await t.test(
    "prompts sent while the agent works wait and go in order, one turn each",
    async (t) => {
      model.script = (request) => ({ text: `done with ${request.prompt}`, hold: 300 });
      for (const text of ["queue one", "queue two", "queue three"])
        telegram.operatorSends({ text });
      await telegram.shown((message) => message.text === "done with queue three");
      const answers = botTexts(stage).filter((text) => text.startsWith("done with queue"));
      t.same(answers, ["done with queue one", "done with queue two", "done with queue three"]);
    },
  );

  await t.test(
    "the same update posted three times, once across a restart, is one prompt",
    async (t) => {
      model.script = () => ({ text: "once only" });
      const { update, update_id } = telegram.operatorSends({ text: "do it once" });
      await telegram.acknowledged(update_id);
      telegram.post(update);
      await telegram.acknowledged(update_id, { times: 2 });
      await telegram.shown((message) => message.text === "once only");
      await stage.stop();
      telegram.post(update);
      await stage.start();
      await telegram.acknowledged(update_id, { times: 3 });
      telegram.operatorSends({ text: "and after" });
      await model.seen((request) => request.prompt === "and after");
      await settled(stage);
      t.equal(begun(stage, "do it once"), 1);
    },
  );

  await t.test("a file the agent sends arrives whole", async (t) => {
    model.script = shell(
      'printf "a,b\\n1,2\\n" > "my report.csv" && send-telegram --file "my report.csv" --caption "Report"',
    );
    telegram.operatorSends({ text: "send the report" });
    const message = await telegram.shown(({ file }) => file?.name === "my report.csv");
    t.equal(Buffer.from(message.file?.bytes ?? []).toString(), "a,b\n1,2\n");
    t.equal(message.text, "Report");
    await settled(stage);
  });

  await t.test("the agent's shell holds no secret of the bridge", async (t) => {
    model.script = shell("env | sort > env.txt; cat env.txt | base64 -w0", "ok");
    telegram.operatorSends({ text: "show your environment" });
    const request = await model.seen(
      ({ prompt, toolResults }) => prompt === "show your environment" && toolResults.length > 0,
    );
    const env = Buffer.from(request.toolResults.join("").trim(), "base64").toString();
    t.match(env, /^OPENCODE_SESSION_ID=ses_/m);
    t.match(env, /^SWITCHBOARD_URL=http:\/\/127\.0\.0\.1:/m);
    t.notMatch(env, /123456:SANDBOX/);
    t.notMatch(env, /^(TELEGRAM_BOT_TOKEN|OPENCODE_SERVER_PASSWORD)=./m);
    await settled(stage);
  });

  await t.test("an agent finds what it was asked by the command AGENTS.md gives it", async (t) => {
    const [, command = ""] = /`(printf .*)`$/m.exec(readFileSync("AGENTS.md", "utf8")) ?? [];
    model.script = shell(command, "ok");
    telegram.operatorSends({ text: "what did I ask?" });
    const request = await model.seen(
      ({ prompt, toolResults }) => prompt === "what did I ask?" && toolResults.length > 0,
    );
    t.match(
      request.toolResults.join(""),
      /"text":"show your environment".*"text":"what did I ask\?"/,
    );
    await settled(stage);
  });

  await t.test("an agent has a name, a terminal and a session of its own", async (t) => {
    model.script = (request) => ({ text: `heard ${request.prompt}` });
    telegram.operatorSends({ text: "/start website" });
    await telegram.shown((message) => message.text.startsWith("website is starting"));
    telegram.operatorSends({ text: "to the website agent" });
    await telegram.shown((message) => message.text === "heard to the website agent");
    t.match(await stage.tmux("list-sessions", "-F", "#S"), /^website$/m);
    telegram.operatorSends({ text: "/switch default_agent" });
    await telegram.shown(
      (message) => message.text === "Connected to default_agent. Send a task, or /help.",
    );
    telegram.operatorSends({ text: "/stop website" });
    await telegram.shown((message) => message.text.startsWith("website stopped"));
    t.notMatch(await stage.tmux("list-sessions", "-F", "#S"), /^website$/m);
    const website = model.requests.find(({ prompt }) => prompt === "to the website agent");
    t.same(website?.prompts, ["to the website agent"], "its session knows nothing of the others");
  });
});
