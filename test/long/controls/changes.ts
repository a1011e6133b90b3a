import { fileChanges, type ListedChange, sessionChanges } from "../../../src/opencode/diffs.ts";
import { choosableAgents, listModels } from "../../../src/opencode/model-list.ts";
import { runsShell } from "../../../src/opencode/slash-commands.ts";
import { until } from "../../support/until.ts";
import type { Test } from "tap";
import { type ControlStage, todos } from "./stage.ts";

/** What changed, what is to do, and what a directory offers. */
export async function changes(
  t: Test,
  { client, controls, repo, plain, session, turn, raw }: ControlStage,
) {
  await t.test("changes are told for the tree and for the session", async (t) => {
    const ref = await session(repo, "Changes");
    await turn(ref, "run printf 'one\\ntwo\\n' > kept.txt; echo neu > 'ä new.txt'");
    await turn(ref, "run printf 'one\\nthree\\n' > kept.txt");
    const messages = await until(async () => {
      const all = await controls.allMessages(ref);
      const told = all.filter(({ info }) => info.role === "user" && info.summary);
      return told.length === 2 ? all : undefined;
    });
    const tree = await controls.workingTreeChanges(repo);
    t.match(
      tree.find(({ file }) => file === "kept.txt"),
      { additions: 1, deletions: 0 },
    );
    t.match(
      tree.find(({ file }) => file === "ä new.txt"),
      { additions: 1, deletions: 0 },
    );
    t.match(tree.find(({ file }) => file === "kept.txt")?.patch, "+three");
    const patch = await controls.workingTreePatch(repo);
    t.match(patch, /^diff --git a\/kept.txt/m);
    t.ok(patch.includes("new.txt"), "new files too");

    const own = sessionChanges(messages);
    t.match(
      own.find(({ file }) => file === "kept.txt"),
      { additions: 2, deletions: 1 },
    );
    t.match(
      own.find(({ file }) => file === "ä new.txt"),
      { additions: 1 },
    );
    for (const message of messages.filter(({ info }) => info.role === "user")) {
      const path = `/session/${ref.sessionId}/diff?messageID=${message.info.id}&directory=${encodeURIComponent(repo)}`;
      t.same(sessionChanges([message]), fileChanges(await raw<ListedChange[]>(path)));
    }
    t.same(await controls.workingTreeChanges(plain), []);
    t.equal(await controls.workingTreePatch(plain), "");
  });

  await t.test("the agent's list of what to do is told", async (t) => {
    const ref = await session(plain, "Plan");
    t.same(await controls.todo(ref), []);
    await turn(ref, "plan");
    t.match(await controls.todo(ref), todos);
  });

  await t.test("commands, skills and MCP servers are listed", async (t) => {
    const commands = await controls.commands(plain);
    const named = (name: string) => commands.find((command) => command.name === name);
    t.match(named("greet"), { description: "Greets", source: "command", hints: ["$ARGUMENTS"] });
    t.match(named("paint"), { source: "skill" });
    const runsIn = (name: string, args?: string) =>
      runsShell(named(name) ?? { template: "" }, args);
    t.same([runsIn("greet"), runsIn("made"), runsIn("greet", "`ls`")], [false, true, true]);
    t.match(
      (await controls.skills(plain)).find(({ name }) => name === "paint"),
      { description: "Paints walls" },
    );
    const servers = await controls.mcp(plain);
    t.match(
      servers.toSorted((a, b) => (a.name < b.name ? -1 : 1)),
      [
        { name: "broken", state: "failed", error: String },
        { name: "off", state: "disabled", error: undefined },
      ],
    );
  });

  await t.test("models and agents that may be chosen are listed", async (t) => {
    const models = listModels(await client.providers(plain));
    const own = models.find(({ model }) => model === "stub/stub");
    t.match(own, { model: "stub/stub", name: "Scripted model", contextLimit: 200_000 });
    const all = (await client.agents(plain)).map(({ name }) => name);
    t.ok(all.includes("explore") && all.includes("title"));
    const chosen = choosableAgents(await client.agents(plain)).map(({ name }) => name);
    t.same(chosen.toSorted(), ["build", "plan"]);
  });
}
