import { json } from "node:stream/consumers";
import { execFileSync } from "node:child_process";
import { allowEverything, type SessionInfo } from "../../../src/opencode/client.ts";
import { OpencodeRefused } from "../../../src/opencode/errors.ts";
import { lastTool } from "../../../src/opencode/last-tool.ts";
import { exportOf, transcriptOf } from "../../../src/opencode/transcript.ts";
import { contextOf, dayOf, usageOf, usageOfDay } from "../../../src/opencode/usage.ts";
import type { Test } from "tap";
import type { ControlStage } from "./stage.ts";

/** The history, names, rules and copies of sessions; how they are summed up and shared. */
export async function sessions(
  t: Test,
  { client, controls, patience, repo, plain, session, isBusy, turn, raw, stage }: ControlStage,
) {
  await t.test("the history lists all projects in pages, and finds titles", async (t) => {
    const refs = [
      await session(repo, "Blue door"),
      await session(plain, "Red door"),
      await session(plain, "100% done_"),
    ];
    const elsewhere = await raw<SessionInfo>(`/session?directory=${encodeURIComponent(repo)}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ title: "Made at the desk" }),
    });
    const all = await controls.history({ limit: 100 });
    t.equal(all.next, undefined);
    const ids = all.sessions.map(({ id }) => id);
    for (const ref of refs) t.ok(ids.includes(ref.sessionId));
    const found = all.sessions.find(({ id }) => id === elsewhere.id);
    t.match(found, { title: "Made at the desk", directory: repo });
    t.ok(found && found.createdAt <= found.updatedAt && found.createdAt > Date.now() - 60_000);
    t.same(
      all.sessions.map(({ updatedAt }) => updatedAt),
      all.sessions.map(({ updatedAt }) => updatedAt).toSorted((a, b) => b - a),
    );

    const paged: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await controls.history({ limit: 2, cursor });
      t.ok(page.sessions.length <= 2);
      paged.push(...page.sessions.map(({ id }) => id));
      cursor = page.next;
    } while (cursor !== undefined);
    t.same(paged, ids);

    const titles = async (search: string) =>
      (await controls.history({ limit: 10, search })).sessions.map(({ title }) => title).toSorted();
    t.same(await titles("door"), ["Blue door", "Red door"]);
    t.same(await titles("BLUE"), ["Blue door"]);
    t.same(await titles("nothing like it"), []);
    t.same(await titles("%"), ["100% done_"]);

    const child = await raw<SessionInfo>(`/session?directory=${encodeURIComponent(plain)}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ title: "Blue subagent", parentID: refs[1]?.sessionId }),
    });
    const [, red = { sessionId: "", directory: "" }] = refs;
    t.same(
      (await controls.children(red)).map(({ id }) => id),
      [child.id],
    );
    t.same(await titles("blue"), ["Blue door"], "without subagents");
  });

  await t.test("a session is renamed; its rules grow and never shrink", async (t) => {
    const ref = await session(plain, "Old name");
    await controls.rename(ref, "New name");
    t.equal((await client.session(ref.sessionId)).title, "New name");
    const ask = { permission: "bash", pattern: "*", action: "ask" as const };
    await controls.appendRules(ref, [ask]);
    await controls.appendRules(ref, []);
    const { permission } = await raw<{ permission: unknown }>(`/session/${ref.sessionId}`);
    t.same(permission, [...allowEverything, ask]);
    await t.rejects(controls.rename({ ...ref, sessionId: "ses_none" }, "x"), {
      name: "OpencodeRefused",
      status: 404,
    });
  });

  await t.test("a fork has what is before a message, or all, and no rules", async (t) => {
    const ref = await session(plain, "To fork");
    await turn(ref, "first");
    const second = await turn(ref, "second");
    const prompts = async (sessionId: string) =>
      (await controls.allMessages({ sessionId, directory: plain })).flatMap(({ info, parts }) =>
        info.role === "user" && parts[0]?.type === "text" ? parts[0].text : [],
      );
    const part = await controls.fork(ref, { before: second });
    t.match(part, { directory: plain, title: "To fork (fork #1)" });
    t.same(await prompts(part.id), ["first"]);
    const { id: whole } = await controls.fork(ref);
    t.same(await prompts(whole), ["first", "second"]);
    const { permission, parentID } = await raw<{ permission?: unknown; parentID?: string }>(
      `/session/${whole}`,
    );
    t.same([permission, parentID], [undefined, undefined]);
    t.same(await controls.children(ref), []);
    const [own = [], copy = []] = await Promise.all(
      [ref.sessionId, whole].map((sessionId) => controls.allMessages({ ...ref, sessionId })),
    );
    const today = dayOf(Date.now());
    t.same(usageOfDay(today, [own, copy]), usageOfDay(today, [own]), "what was copied counts once");
    const { sessions: past } = await controls.history({ limit: 100 });
    t.equal(past.find(({ id }) => id === ref.sessionId)?.model, "stub/stub", "its last model");
  });

  await t.test("a summary takes the place of what was said, and usage is counted", async (t) => {
    const ref = await session(plain, "Long");
    await turn(ref, "a long story");
    await turn(ref, "run echo last");
    t.match(lastTool(await controls.allMessages(ref)), {
      tool: "bash",
      subject: "echo last",
      state: "completed",
    });
    const providers = await client.providers(plain);
    const messages = await controls.allMessages(ref);
    const { session: whole, turns, models } = usageOf(messages);
    t.ok(whole.output > 0 && turns.length === 2 && models[0]?.model === "stub/stub");
    t.match(contextOf(messages, providers), { limit: 200_000, model: "stub/stub" });
    t.equal(contextOf(messages, providers)?.used, 15);
    t.match(transcriptOf(messages), /## Operator, .*\n\na long story\n\n## Agent/);
    t.match(transcriptOf(messages), "- `bash: echo last`\n\ndone with");
    await controls.summarize(ref, "stub/stub", patience);
    const after = await controls.allMessages(ref);
    const newest = after.at(-1);
    t.ok(newest?.info.role === "assistant" && newest.info.summary);
    t.ok((contextOf(after, providers)?.used ?? 15) < 15);
    const exported = JSON.parse(
      execFileSync("opencode", ["export", ref.sessionId], {
        env: stage.env,
        cwd: plain,
        encoding: "utf8",
        stdio: ["ignore", "pipe", "ignore"],
      }),
    ) as { info: SessionInfo };
    const stored = await controls.messagesAsJson(ref);
    t.same(exported, await json(exportOf(await client.session(ref.sessionId), stored)));
    t.notOk(await isBusy(ref));
    await t.rejects(controls.summarize(ref, "stub/none", patience), OpencodeRefused);
  });

  await t.test("sharing without a network is refused for certain", async (t) => {
    const ref = await session(plain, "Secret");
    await t.rejects(controls.share(ref), { name: "OpencodeRefused", status: 500 });
    await controls.unshare(ref);
  });
}
