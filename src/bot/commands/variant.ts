import { choose } from "../../agents/choice.ts";
import { agentById } from "../../agents/identity.ts";
import { texts } from "../../texts/texts.ts";
import { similarNames } from "../agent-argument.ts";
import { aboutAgent } from "../agent-buttons.ts";
import { choiceButtons, nameButtons, nearestButtons } from "../choices.ts";
import { answerIn, type Command, show } from "../context.ts";
import { readPage } from "../pages.ts";
import { quoted } from "../quoted.ts";
import { knownModels, type ModelServices } from "./model.ts";

/** Takes the choice of a variant back. */
const none = "--none";

/** Chooses the variant of the model in use, such as how much it thinks. */
export const variant = (services: ModelServices): Command => ({
  name: "variant",
  group: "tools",
  argument: texts.arguments.variant,
  description: texts.commands.variant,
  details: texts.details.variant,
  async run(context, argument) {
    const known = await knownModels(context, services);
    if (!known) return;
    const { agent, models, now } = known;
    const words = texts.tools;
    const names = models.find((one) => one.model === now.model)?.variants ?? [];
    const model = now.model ?? texts.agents.opencodesModel;
    if (names.length === 0) {
      const another = { label: texts.bot.labels.allModels, command: "model" };
      return show(context, {
        agent: aboutAgent(agent),
        text: words.noVariants({ model }),
        buttons: [[another]],
      });
    }
    const usual = { label: words.usual, command: "variant", argument: none };
    const items = nameButtons("variant", names);
    const choices = { command: "variant", items, first: [usual] };
    const { page, rest } = readPage(argument);
    if (rest === "") {
      const text = words.variants({ model, variant: now.variant ?? words.usual });
      return show(context, {
        agent: aboutAgent(agent),
        text,
        buttons: choiceButtons(choices, page),
      });
    }
    const chosen = names.find((one) => one.toLowerCase() === argument.toLowerCase());
    if (chosen === undefined && argument !== none) {
      const similar = similarNames(argument, names).join(", ");
      const text = words.noVariant({ variant: quoted(argument), similar });
      return show(context, {
        agent: aboutAgent(agent),
        text,
        buttons: nearestButtons(choices, argument),
      });
    }
    context.work.addEffect(async (transaction) => {
      const { name } = (await agentById(transaction, agent.id)) ?? agent;
      await choose(transaction, name, { variant: chosen ?? null }, Date.now());
      const text = words.variantChosen({ agent: name, variant: chosen ?? words.usual });
      await answerIn(transaction, context, text);
    });
  },
});
