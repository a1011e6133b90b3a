import { agentMark } from "../../buttons/command-buttons.ts";
import { agentById, agentNamed } from "../../agents/identity.ts";
import { laneOf } from "../../prompts/lane.ts";
import type { Prompt } from "../../prompts/prompt.ts";
import { dropPrompt, mayJoin, moveToFront, sendNow } from "../../prompts/queue.ts";
import type { Store, Transaction } from "../../store/store.ts";
import { texts } from "../../texts/texts.ts";
import { agentArgument, type AgentArgumentServices } from "../agent-argument.ts";
import { agentButton, type Named, startButton } from "../agent-buttons.ts";
import { type BotContext, type Command, show } from "../context.ts";
import { promptInWords } from "../quoted.ts";
import { chooseHold } from "../tell-of-choice.ts";
import { redrawButtons, sendView, type View, type ViewButton } from "../view.ts";

/** What `/queue` needs. */
export interface QueueServices extends AgentArgumentServices {
  store: Store;
}

const mostShown = 15;
const longestText = 60;
const wishes = { now: sendNow, first: moveToFront, drop: dropPrompt };

/**
 * Shows what waits for an agent, with buttons to send one into the running turn, to put it first, to drop it,
 * and to hold the agent. A press changes the queue and shows it as it is then.
 */
export const queue = (services: QueueServices): Command => ({
  name: "queue",
  group: "queue",
  argument: texts.arguments.queue,
  description: texts.commands.queue,
  details: texts.details.queue,
  isFast: true,
  async run(context, argument) {
    const [, wish, subject = ""] =
      /^--(now|first|drop|hold|continue|go-on|keep-back) (\S+)$/.exec(argument) ?? [];
    if (wish !== undefined) {
      // By its number somebody could drop what they have not seen.
      if (!context.callbackQuery) return showUsage(context);
      return change(context, services, wish, subject);
    }
    const agent = await agentArgument(context, services, "queue", argument);
    if (!agent) return;
    const { name } = agent;
    const { key } = context.conversation;
    const view = await services.store.read(async (transaction) => {
      const { waiting, running } = await laneOf(transaction, name);
      const isEmpty = agent.state === "stopped" && waiting.length + running.length === 0;
      return isEmpty ? stoppedView(agent) : viewOf(transaction, agent, key);
    });
    show(context, view);
  },
});

async function change(
  context: BotContext,
  { agents }: QueueServices,
  wish: string,
  subject: string,
): Promise<void> {
  const { work, conversation, redraws, from } = context;
  const place = { conversation, operator: from?.id, redraws };
  if (wish === "hold" || wish === "continue") {
    const agent = await agents.get(subject);
    if (!agent) return showUsage(context);
    work.addEffect(async (transaction) => {
      const now = (await agentById(transaction, agent.id)) ?? agent;
      if (wish === "continue") {
        return void (await sendView(transaction, place, await continued(transaction, now)));
      }
      await chooseHold(transaction, now, true, from?.id);
      await sendView(transaction, place, await viewOf(transaction, now, conversation.key));
    });
    return;
  }
  if (wish === "go-on" || wish === "keep-back") {
    const agent = await agents.get(subject);
    return agent ? choose(context, agent, wish === "go-on") : showUsage(context);
  }
  work.addEffect(async (transaction) => {
    const outcome = await wishes[wish as keyof typeof wishes](transaction, Number(subject));
    const { prompt } = outcome;
    if (!prompt) return void (await sendView(transaction, place, { text: texts.queue.tooLate }));
    const agent = await agentNamed(transaction, prompt.agent);
    if (!agent) return void (await sendView(transaction, place, { text: texts.queue.tooLate }));
    const view = await viewOf(transaction, agent, conversation.key);
    const isLate = outcome.kind === "too late";
    const text = isLate ? `${texts.queue.tooLate}\n${view.text}` : view.text;
    await sendView(transaction, place, { ...view, text });
  });
}

/** Lets an agent continue. The first message is delivered at once, so what waits now is not listed. */
async function continued(transaction: Transaction, agent: Named): Promise<View> {
  const { waiting } = await laneOf(transaction, agent.name);
  await chooseHold(transaction, agent, false, undefined);
  return {
    text: texts.queue.continues({ agent: agent.name, count: waiting.length }),
    buttons: [[holdButton(agent.id, false), agentButton(texts.bot.labels.queue, "queue", agent)]],
  };
}

function showUsage(context: BotContext): void {
  const own = { label: texts.bot.labels.queue, command: "queue" };
  show(context, { text: texts.queue.usage, buttons: [[own]] });
}

function stoppedView(agent: Named): View {
  const text = texts.queue.stopped({ agent: agent.name });
  return { text, buttons: [[startButton(agent)]] };
}

/**
 * What becomes of what waits after a turn was stopped. The message is the agent's words, so only its buttons
 * change: to the one that takes the choice back, as long as that is possible.
 */
function choose(context: BotContext, agent: Named, goesOn: boolean) {
  const { work, conversation, redraws, from } = context;
  if (!redraws) return;
  const place = { conversation, operator: from?.id, redraws };
  work.addEffect(async (transaction) => {
    const now = (await agentById(transaction, agent.id)) ?? agent;
    await chooseHold(transaction, now, !goesOn, from?.id);
    context.notice = goesOn ? texts.queue.goesOn : texts.queue.keptBack;
    const [label, wish] = goesOn ? [texts.queue.hold, "keep-back"] : [texts.queue.goOn, "go-on"];
    const button = agentButton(label, "queue", agent, `--${wish} `);
    await redrawButtons(transaction, place, [[{ ...button, edits: true }]]);
  });
}

async function viewOf(
  transaction: Transaction,
  { id, name: agent }: Named,
  key: string,
): Promise<View> {
  const { running, waiting, isHeld } = await laneOf(transaction, agent);
  const shown = waiting.slice(0, mostShown);
  const words = texts.queue;
  const textOf = (prompt: Prompt) => promptInWords(prompt, key, longestText);
  const lines = [
    ...running.map((prompt) => words.running({ text: textOf(prompt) })),
    waiting.length === 0 ? words.empty({ agent }) : words.heading({ agent, count: waiting.length }),
    ...shown.map((prompt, index) => {
      const text = textOf(prompt);
      return words.line({
        number: index + 1,
        text: joins(prompt, running) ? words.joins({ text }) : text,
      });
    }),
    ...(isHeld ? [words.heldLine] : []),
  ];
  return {
    text: lines.join("\n"),
    isForeign: true,
    buttons: [
      ...shown.map((prompt, index) => rowOf(prompt, index + 1, joins(prompt, running))),
      [holdButton(id, isHeld)],
    ],
  };
}

function rowOf({ id }: Prompt, number: number, doesJoin: boolean): ViewButton[] {
  const { sendNow: now, toFront, drop } = texts.queue;
  const button = (label: string, wish: keyof typeof wishes) => ({
    label,
    command: "queue",
    argument: `--${wish} ${id}`,
    edits: true,
  });
  return [
    ...(doesJoin ? [] : [button(now({ number }), "now")]),
    ...(number > 1 ? [button(toFront({ number }), "first")] : []),
    button(drop({ number }), "drop"),
  ];
}

/** It was sent now and is on its way into the turn that runs. */
function joins(prompt: Prompt, running: Prompt[]): boolean {
  return prompt.isSentNow && running.length > 0 && mayJoin(prompt, running);
}

function holdButton(of: string, isHeld: boolean): ViewButton {
  const [label, wish] = isHeld ? [texts.queue.goOn, "continue"] : [texts.queue.hold, "hold"];
  return { label, command: "queue", argument: `--${wish} ${agentMark}`, of, edits: true };
}
