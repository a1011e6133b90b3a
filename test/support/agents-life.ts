import { Agents, markStopped, startAgent } from "../../src/agents/agents.ts";
import { choose } from "../../src/agents/choice.ts";
import { noteModels, recentModels } from "../../src/agents/recent-models.ts";
import { renameAgent } from "../../src/agents/rename.ts";
import { continueAgent, lastSession, renewAgent } from "../../src/agents/renew.ts";
import { resumeSession, siblingName } from "../../src/agents/resume.ts";
import { renameCards } from "../../src/cards/rename.ts";
import { renameReplies } from "../../src/outbox/rename.ts";
import { renamePrompts } from "../../src/prompts/rename.ts";
import type { Store, Transaction } from "../../src/store/store.ts";
import { renameSessionMark } from "../../src/turns/session-marks.ts";
import { flatTree, giveSession } from "./session.ts";

/** What agents answer whose sessions are kept, changed and resumed, and that are renamed. */
export async function sessionsAnswer(store: Store): Promise<unknown[]> {
  const agents = new Agents(store, flatTree);
  const write = <Result>(work: (transaction: Transaction) => Promise<Result>) => store.write(work);
  const now = async (name: string) => {
    const agent = await agents.get(name);
    return agent && { ...agent, id: "its own", title: agent.hasOwnTitle ? "its own" : agent.title };
  };
  await write((transaction) =>
    startAgent(transaction, { name: "kept", directory: "/srv", yolo: false }),
  );
  await giveSession(agents, "kept", "ses_kept");
  await write((transaction) => markStopped(transaction, "kept"));
  const answers: unknown[] = [
    (await agents.stopped()).map(({ name }) => name),
    (await write((transaction) => lastSession(transaction, "kept")))?.sessionId,
    await write((transaction) => continueAgent(transaction, "kept", { yolo: true })),
    await now("kept"),
  ];
  const opened = { title: "Named anew", directory: "/moved", yolo: true };
  await agents.opened({ name: "kept", sessionId: "ses_kept" }, opened);
  await agents.retitle("kept", "ses_kept", "Named in opencode");
  answers.push(await now("kept"));
  for (const yolo of [undefined, false]) {
    answers.push(await write((transaction) => renewAgent(transaction, "kept", { yolo })));
    answers.push(await now("kept"));
  }
  const found = { sessionId: "ses_found", directory: "/code", title: "Found" };
  for (const one of [found, found, { ...found, sessionId: "ses_more", name: "kept" }]) {
    answers.push(await write((transaction) => resumeSession(transaction, one)));
  }
  answers.push(await write((transaction) => resumeSession(transaction, { ...found, yolo: true })));
  const freed = await agents.get("found");
  await agents.rulesSet(freed!, "ses_found");
  answers.push(
    freed?.areRulesDue,
    await write((transaction) => siblingName(transaction, "kept-2")),
  );
  const choice = await write((transaction) =>
    choose(transaction, "found", { model: "stub/own", variant: "high" }, 1_795_651_200_000),
  );
  await agents.followChoice("found", 1_795_651_200_000, { ...choice!, shownMode: "plan" });
  answers.push(choice, await now("found"));
  await write((transaction) => noteModels(transaction, [{ model: "stub/noted", at: 7 }]));
  answers.push(await store.read(recentModels));

  for (const newName of ["kept", "renamed"]) {
    answers.push(await write((transaction) => renameAgent(transaction, "found", newName)));
  }
  await write(async (transaction) => {
    await renamePrompts(transaction, "found", "renamed");
    await renameCards(transaction, "found", "renamed");
    await renameReplies(transaction, "found", "renamed");
    await renameSessionMark(transaction, "found", "renamed");
  });
  answers.push(await now("renamed"));
  await agents.terminalRenamed("renamed", "found");
  answers.push(await now("renamed"), await now("found"));
  return answers;
}
