import type { StartedAgent } from "../../agents/agents.ts";
import { choose } from "../../agents/choice.ts";
import { agentById } from "../../agents/identity.ts";
import { shortened } from "../../chat/formatted-text.ts";
import type { PromptModes } from "../../delivery/prompt-mode.ts";
import type { Logger } from "../../log.ts";
import type { Catalog } from "../../opencode/catalog.ts";
import type { Opencode, PromptMode } from "../../opencode/client.ts";
import {
  byProvider,
  type ListedModel,
  listModels,
  searchModels,
} from "../../opencode/model-list.ts";
import { choiceInWords } from "../../opencode/models.ts";
import { texts } from "../../texts/texts.ts";
import { askOpencode } from "../ask-opencode.ts";
import { type AgentArgumentServices, startedAgent } from "../agent-argument.ts";
import { answer, answerIn, type BotContext, type Command, show } from "../context.ts";
import { pageButtons, pageOf } from "../pages.ts";
import { quoted } from "../quoted.ts";

/** What `/model`, `/mode` and `/variant` need. */
export interface ModelServices extends AgentArgumentServices {
  catalog: Pick<Catalog, "agents" | "providers">;
  opencode: Pick<Opencode, "session">;
  promptModes: Pick<PromptModes, "of">;
  log: Logger;
}

const pageSize = 10;
const longestSearch = 60;
const pageMark = /^--page (\d{1,4}) ?(.*)$/s;
const pickMark = /^--pick (\S+)$/;

/**
 * Chooses the model of the agent's next prompts: by its name, or from a list with the one in use first,
 * then by provider. Only a model that exists is taken, since opencode takes any.
 */
export const model = (services: ModelServices): Command => ({
  name: "model",
  group: "tools",
  argument: texts.arguments.model,
  description: texts.commands.model,
  async run(context, argument) {
    const known = await knownModels(context, services);
    if (!known) return;
    const { agent, models, now } = known;
    const picked = pickMark.exec(argument)?.[1] ?? argument;
    const exact = models.find((one) => one.model === picked);
    if (exact) return chooseModel(context, agent, exact.model);
    const [, page = "1", rest] = pageMark.exec(argument) ?? [];
    const search = (rest ?? argument).slice(0, longestSearch);
    list(context, recentFirst(searchModels(models, search), now.model), {
      search,
      page: Number(page),
      now: choiceInWords(now),
      agent: agent.id,
    });
  },
});

/**
 * The agent of the conversation, the models it may run by, and how its next prompt runs. Where that cannot be
 * told, the operator is told why, and undefined is returned.
 * @throws TooSlow as `askOpencode` does
 */
export async function knownModels(
  context: BotContext,
  services: ModelServices,
): Promise<{ agent: StartedAgent; models: ListedModel[]; now: PromptMode } | undefined> {
  const agent = await startedAgent(context, services);
  if (!agent) return undefined;
  const { catalog, promptModes, log } = services;
  const read = Promise.all([catalog.providers(agent.directory), promptModes.of(agent)]);
  const [providers, now] = (await askOpencode(read, log)) ?? [];
  if (providers && now) return { agent, models: listModels(providers), now };
  answer(context, texts.bot.opencodeSilent);
  return undefined;
}

interface Wanted {
  search: string;
  page: number;
  now: string;
  agent: string;
}

function list(
  context: BotContext,
  models: readonly ListedModel[],
  { search, page: wanted, now, agent }: Wanted,
): void {
  const words = texts.tools;
  if (models.length === 0) return answer(context, words.noModel({ search: quoted(search) }));
  const page = pageOf(models, wanted, pageSize);
  show(context, {
    agent,
    text:
      search === "" ? words.models({ model: now }) : words.modelsFound({ search: quoted(search) }),
    buttons: [
      ...page.items.map(({ model: id, name, provider }) => [
        {
          label: shortened(`${name} · ${provider.name}`, 60),
          command: "model",
          argument: `--pick ${id}`,
        },
      ]),
      ...pageButtons(page, "model", (number) => `--page ${number} ${search}`),
    ],
  });
}

/** The one in use, then the others by provider. */
function recentFirst(models: readonly ListedModel[], now: string | undefined): ListedModel[] {
  const inUse = models.filter((one) => one.model === now);
  const others = models.filter((one) => one.model !== now);
  return [...inUse, ...byProvider(others).flatMap((group) => group.models)];
}

function chooseModel(context: BotContext, agent: StartedAgent, id: string): void {
  context.work.addEffect(async (transaction) => {
    const { name } = (await agentById(transaction, agent.id)) ?? agent;
    await choose(transaction, name, { model: id }, Date.now());
    await answerIn(transaction, context, texts.tools.modelChosen({ agent: name, model: id }));
  });
}
