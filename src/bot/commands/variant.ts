import { choose } from "../../agents/choice.ts";
import { agentById } from "../../agents/identity.ts";
import { texts } from "../../texts/texts.ts";
import { answer, answerIn, type Command, show } from "../context.ts";
import { quoted } from "../quoted.ts";
import { knownModels, type ModelServices } from "./model.ts";

const mostButtons = 30;
/** Takes the choice of a variant back. */
const none = "--none";

/** Chooses the variant of the model in use, such as how much it thinks. */
export const variant = (services: ModelServices): Command => ({
  name: "variant",
  group: "tools",
  argument: texts.arguments.variant,
  description: texts.commands.variant,
  async run(context, argument) {
    const choices = await knownModels(context, services);
    if (!choices) return;
    const { agent, models, now } = choices;
    const words = texts.tools;
    const known = models.find((one) => one.model === now.model);
    const model = now.model ?? texts.agents.opencodesModel;
    if (!known || known.variants.length === 0) return answer(context, words.noVariants({ model }));
    if (argument === "") {
      const button = (label: string, name: string) => [
        { label, command: "variant", argument: name },
      ];
      return show(context, {
        agent: agent.id,
        text: words.variants({ model, variant: now.variant ?? words.usual }),
        buttons: [
          button(words.usual, none),
          ...known.variants.slice(0, mostButtons).map((name) => button(name, name)),
        ],
      });
    }
    const chosen = known.variants.find((name) => name.toLowerCase() === argument.toLowerCase());
    if (chosen === undefined && argument !== none) {
      return answer(context, words.noVariant({ variant: quoted(argument) }));
    }
    context.work.addEffect(async (transaction) => {
      const { name } = (await agentById(transaction, agent.id)) ?? agent;
      await choose(transaction, name, { variant: chosen ?? null }, Date.now());
      const text = words.variantChosen({ agent: name, variant: chosen ?? words.usual });
      await answerIn(transaction, context, text);
    });
  },
});
