import { choose } from "../../agents/choice.ts";
import { agentById } from "../../agents/identity.ts";
import { choosableAgents } from "../../opencode/model-list.ts";
import { texts } from "../../texts/texts.ts";
import { opencodeSilent } from "../again.ts";
import { aboutAgent } from "../agent-buttons.ts";
import { askOpencode } from "../ask-opencode.ts";
import { similarNames, startedAgent } from "../agent-argument.ts";
import { choiceButtons, nameButtons, nearestButtons } from "../choices.ts";
import { answerIn, type Command, show } from "../context.ts";
import { readPage } from "../pages.ts";
import { quoted } from "../quoted.ts";
import type { ModelServices } from "./model.ts";

/** Chooses as which agent of opencode the next prompts run: build, plan or one of the operator's own. */
export const mode = (services: ModelServices): Command => ({
  name: "mode",
  group: "tools",
  argument: texts.arguments.mode,
  description: texts.commands.mode,
  details: texts.details.mode,
  async run(context, argument) {
    const agent = await startedAgent(context, services);
    if (!agent) return;
    const { catalog, promptModes, log } = services;
    const read = Promise.all([catalog.agents(agent.directory), promptModes.of(agent)]);
    const [agents, now] = (await askOpencode(read, log)) ?? [];
    if (!agents || !now) return opencodeSilent(context, agent);
    const names = choosableAgents(agents).map((one) => one.name);
    const choices = { command: "mode", items: nameButtons("mode", names) };
    const { page, rest } = readPage(argument);
    if (rest === "") {
      const text = texts.tools.modes({ mode: now.agent ?? texts.agents.opencodesAgent });
      return show(context, {
        agent: aboutAgent(agent),
        text,
        buttons: choiceButtons(choices, page),
      });
    }
    const chosen = names.find((one) => one.toLowerCase() === argument.toLowerCase());
    if (chosen === undefined) {
      const similar = similarNames(argument, names).join(", ");
      const text = texts.tools.noMode({ mode: quoted(argument), similar });
      return show(context, {
        agent: aboutAgent(agent),
        text,
        buttons: nearestButtons(choices, argument),
      });
    }
    context.work.addEffect(async (transaction) => {
      const { name } = (await agentById(transaction, agent.id)) ?? agent;
      await choose(transaction, name, { mode: chosen }, Date.now());
      const words = texts.tools.modeChosen({ agent: name, mode: chosen });
      await answerIn(transaction, context, words);
    });
  },
});
