import { test } from "tap";
import type { Agent } from "../../src/agents/agents.ts";
import { ReadyLine } from "../../src/bot/ready-line.ts";
import { keptLog } from "../support/app.ts";

function ready(state: Agent["state"] = "active") {
  const { kept, log } = keptLog();
  const agents = { get: async () => ({ state }) as Agent };
  const line = new ReadyLine({ agents, address: () => "https://bot.example.com", log });
  return { line, told: () => kept.entries.map(({ msg }) => msg) };
}

const words = "Ready: @my_bot listens at https://bot.example.com, agent default_agent";

test("the line comes once, when bot, opencode and the agent are there, in any order", async (t) => {
  for (const order of ["bot opencode agent", "agent opencode bot", "opencode agent bot"]) {
    const { line, told } = ready();
    const steps: Record<string, () => Promise<void>> = {
      bot: () => line.registered("my_bot"),
      opencode: () => line.opencodeUp(),
      agent: () => line.agentUp("default_agent"),
    };
    await line.agentUp("another");
    for (const step of order.split(" ")) {
      t.same(told(), [], order);
      await steps[step]?.();
    }
    t.same(told(), [words]);
    await Promise.all([line.opencodeUp(), line.agentUp("default_agent")]);
    t.same(told(), [words], "once");
  }
});

test("an agent that was stopped is not waited for", async (t) => {
  const { line, told } = ready("stopped");
  await line.registered("my_bot");
  await line.opencodeUp();
  t.same(told(), [words.replace("agent default_agent", "default_agent is stopped")]);
});
