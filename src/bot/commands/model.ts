import type { StartedAgent } from "../../agents/agents.ts";
import { choose } from "../../agents/choice.ts";
import { agentById } from "../../agents/identity.ts";
import { newestOnce, noteModels, recentModels } from "../../agents/recent-models.ts";
import { shortened } from "../../chat/formatted-text.ts";
import type { PromptModes } from "../../delivery/prompt-mode.ts";
import type { Logger } from "../../log.ts";
import type { Catalog } from "../../opencode/catalog.ts";
import type { Opencode, PromptMode } from "../../opencode/client.ts";
import type { Controls } from "../../opencode/controls.ts";
import {
  byProvider,
  type ListedModel,
  listModels,
  searchModels,
} from "../../opencode/model-list.ts";
import { choiceInWords } from "../../opencode/models.ts";
import { withinMoment } from "../../runner/within-moment.ts";
import type { Store } from "../../store/store.ts";
import { texts } from "../../texts/texts.ts";
import { opencodeSilent } from "../again.ts";
import { aboutAgent } from "../agent-buttons.ts";
import { askOpencode } from "../ask-opencode.ts";
import { type AgentArgumentServices, similarNames, startedAgent } from "../agent-argument.ts";
import { answerIn, type BotContext, type Command, show } from "../context.ts";
import { pageArgument, pageButtons, pageOf, readPage } from "../pages.ts";
import { quoted } from "../quoted.ts";
import type { ViewButton } from "../view.ts";

/** What `/model`, `/mode` and `/variant` need. */
export interface ModelServices extends AgentArgumentServices {
  catalog: Pick<Catalog, "agents" | "providers">;
  opencode: Pick<Opencode, "session">;
  opencodeControls: Pick<Controls, "history">;
  promptModes: Pick<PromptModes, "of">;
  store: Store;
  log: Logger;
}

const pageSize = 10;
const longestSearch = 60;
const mostRecent = 5;
// Sessions of which the model is looked at: those of a few days.
const sessionsRead = 50;

/**
 * Chooses the model of the agent's next prompts: by its name, or from a list with those used last first,
 * then by provider. Only a model that exists is taken, since opencode takes any.
 */
export const model = (services: ModelServices): Command => ({
  name: "model",
  group: "tools",
  argument: texts.arguments.model,
  description: texts.commands.model,
  details: texts.details.model,
  async run(context, argument, data) {
    // Asked at the same time as the others: a command is answered within a second.
    const reading = usedLast(services);
    // The one who awaits it hears of a failure.
    reading.catch(() => undefined);
    const known = await knownModels(context, services);
    if (!known) return;
    const { agent, models, now } = known;
    const picked = (data as Picked | undefined)?.model ?? argument;
    const exact = models.find((one) => one.model === picked);
    if (exact) return chooseModel(context, agent, exact.model, now.model);
    const { page = 1, rest } = readPage(picked);
    const search = rest.slice(0, longestSearch);
    const found = searchModels(models, search);
    if (found.length === 0) return notFound(context, agent, search, models);
    const recent = await reading;
    const first = now.model === undefined ? recent : [now.model, ...recent];
    list(context, recentFirst(found, first), {
      search,
      page,
      now: choiceInWords(now),
      agent: aboutAgent(agent),
    });
  },
});

/** What the button of a model carries. */
interface Picked {
  model: string;
}

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
  opencodeSilent(context, agent);
  return undefined;
}

/** The models (`provider/model`) that were chosen, or used in a session, last; the newest first. */
async function usedLast({ opencodeControls, store, log }: ModelServices): Promise<string[]> {
  const [chosen, page] = await Promise.all([
    store.read(recentModels),
    withinMoment(opencodeControls.history({ limit: sessionsRead }), log),
  ]);
  const used = (page?.sessions ?? []).flatMap(({ model: id, updatedAt: at }) =>
    id === undefined ? [] : [{ model: id, at }],
  );
  return newestOnce([...chosen, ...used]).map(({ model: id }) => id);
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
  const page = pageOf(models, wanted, pageSize);
  show(context, {
    agent,
    text:
      search === "" ? words.models({ model: now }) : words.modelsFound({ search: quoted(search) }),
    buttons: [
      ...page.items.map((one) => [pickButton(one)]),
      ...pageButtons(page, "model", (number) => pageArgument(number, search)),
    ],
  });
}

/** Says that no model has this name, and offers those like it, and all. */
function notFound(
  context: BotContext,
  agent: StartedAgent,
  search: string,
  models: readonly ListedModel[],
): void {
  const namesOf = ({ model: id, name }: ListedModel) => [name, id.slice(id.indexOf("/") + 1)];
  const similar = similarNames(search, [...new Set(models.flatMap(namesOf))]);
  const meant = models
    .filter((one) => namesOf(one).some((name) => similar.includes(name)))
    .slice(0, mostRecent);
  show(context, {
    agent: aboutAgent(agent),
    text: texts.tools.noModel({
      search: quoted(search),
      similar: meant.map(({ name }) => name).join(", "),
    }),
    buttons: [
      ...meant.map((one) => [pickButton(one)]),
      [{ label: texts.bot.labels.allModels, command: "model" }],
    ],
  });
}

function pickButton({ model: id, name, provider }: ListedModel): ViewButton {
  const picked: Picked = { model: id };
  return { label: shortened(`${name} · ${provider.name}`, 60), command: "model", data: picked };
}

/** Those used last, the newest first, then the others by provider. */
function recentFirst(models: readonly ListedModel[], used: readonly string[]): ListedModel[] {
  const recent = [...new Set(used)]
    .flatMap((id) => models.find((one) => one.model === id) ?? [])
    .slice(0, mostRecent);
  const others = models.filter((one) => !recent.includes(one));
  return [...recent, ...byProvider(others).flatMap((group) => group.models)];
}

function chooseModel(
  context: BotContext,
  agent: StartedAgent,
  id: string,
  before: string | undefined,
): void {
  context.work.addEffect(async (transaction) => {
    const at = Date.now();
    const { name } = (await agentById(transaction, agent.id)) ?? agent;
    await choose(transaction, name, { model: id }, at);
    const former = before === undefined ? [] : [{ model: before, at: at - 1 }];
    await noteModels(transaction, [{ model: id, at }, ...former]);
    await answerIn(transaction, context, texts.tools.modelChosen({ agent: name, model: id }));
  });
}
