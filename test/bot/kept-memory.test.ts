import { test } from "tap";
import { conversation } from "../../src/chat/conversation.ts";
import { chat } from "../support/bot-chat.ts";
import { giveSession } from "../support/session.ts";

const here = conversation(1000);

test("a clone gets an agent of its own, whatever other agents are called", async (t) => {
  const { write, start, stop, agents, conversations, runTasks } = await chat(t);
  for (const name of ["site", "site-2"]) {
    await start(name);
    await giveSession(agents, name, `ses_of_${name}`);
  }
  await stop("site-2");
  await write("/clone https://example.com/me/site.git");
  await runTasks();
  t.equal(await conversations.agentOf(here), "site-3");
  t.match(await agents.get("site-3"), { state: "active", directory: "/srv/site" });
  t.match(await agents.get("site"), { state: "active", sessionId: "ses_of_site" });
  t.match(await agents.get("site-2"), { state: "stopped", sessionId: "ses_of_site-2" });
});

test("a start in the folder of a stopped agent asks whether it continues, and begins there", async (t) => {
  const { app, write, press, stop, agents } = await chat(t);
  t.intercept(app.projects, "resolve", {
    value: async (directory: string) => ({ kind: "folder", directory }),
  });
  await write("/start site /srv/site");
  await giveSession(agents, "site", "ses_2");
  await stop("site");
  t.match(await write("/start site /srv/site"), [/^site was stopped\. Continue with its memory/]);
  t.match(await agents.get("site"), { state: "stopped", sessionId: "ses_2" });
  await press("Begin without memory");
  t.match(await agents.get("site"), {
    state: "active",
    sessionId: undefined,
    directory: "/srv/site",
  });
});
