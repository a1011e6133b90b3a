import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "tap";
import { chat } from "../support/bot-chat.ts";
import { FakeProjects } from "../support/fake-projects.ts";
import { tempDir } from "../support/app.ts";
import { rows } from "../support/memory.ts";

const odd = [
  "x --worktree y",
  "site --fresh",
  "--continue",
  "a — b",
  "  spaces  ",
  "two  spaces",
  "$(id) “quoted”",
];

test("a folder of any name is started in as it is called, from its button", async (t) => {
  const root = tempDir(t);
  const { app, write, press, agents, runTasks, store } = await chat(t);
  for (const name of odd) mkdirSync(join(root, name));
  const { list } = new FakeProjects();
  app.projects.list = () => list(odd.map((name) => join(root, name)));
  t.intercept(app.projects, "resolve", {
    value: async (directory: string) => ({ kind: "folder", directory }),
  });
  t.intercept(app.projects, "addWorktree", { value: () => t.fail("no branch was named") });
  for (const name of odd) {
    await write("/projects");
    const before = (await agents.active()).map((one) => one.name);
    await press(labelOf(join(root, name)));
    await runTasks();
    const added = (await agents.active()).filter((one) => !before.includes(one.name));
    t.match(added, [{ directory: join(root, name) }], name);
    await store.write((transaction) => app.lifecycle.stop(transaction, added[0]?.name ?? ""));
  }
  t.same(await rows(store, "SELECT id FROM tasks"), []);
});

/** As a button shows it; see `sendView`. */
function labelOf(directory: string): string {
  const label = `Start in ${directory.slice(1)}`;
  return label.length <= 40 ? label : `${label.slice(0, 39)}…`;
}
