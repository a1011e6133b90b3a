import { choose } from "../../agents/choice.ts";
import { agentById } from "../../agents/identity.ts";
import { choosableAgents } from "../../opencode/model-list.ts";
import { texts } from "../../texts/texts.ts";
import { askOpencode } from "../ask-opencode.ts";
import { startedAgent } from "../agent-argument.ts";
import { answer, answerIn, type Command, show } from "../context.ts";
import { quoted } from "../quoted.ts";
import type { ModelServices } from "./model.ts";

const mostButtons = 30;

/** Chooses as which agent of opencode the next prompts run: build, plan or one of the operator's own. */
export const mode = (services: ModelServices): Command => ({
  name: "mode",
  group: "tools",
  argument: texts.arguments.mode,
  description: texts.commands.mode,
  async run(context, argument) {
    const agent = await startedAgent(context, services);
    if (!agent) return;
    const { catalog, promptModes, log } = services;
    const read = Promise.all([catalog.agents(agent.directory), promptModes.of(agent)]);
    const [agents, now] = (await askOpencode(read, log)) ?? [];
    if (!agents || !now) return answer(context, texts.bot.opencodeSilent);
    const names = choosableAgents(agents).map(({ name }) => name);
    if (argument === "") {
      return show(context, {
        agent: agent.id,
        text: texts.tools.modes({ mode: now.agent ?? texts.agents.opencodesAgent }),
        buttons: names
          .slice(0, mostButtons)
          .map((name) => [{ label: name, command: "mode", argument: name }]),
      });
    }
    const chosen = names.find((name) => name.toLowerCase() === argument.toLowerCase());
    if (chosen === undefined) {
      return answer(context, texts.tools.noMode({ mode: quoted(argument) }));
    }
    context.work.addEffect(async (transaction) => {
      const { name } = (await agentById(transaction, agent.id)) ?? agent;
      await choose(transaction, name, { mode: chosen }, Date.now());
      const words = texts.tools.modeChosen({ agent: name, mode: chosen });
      await answerIn(transaction, context, words);
    });
  },
});
