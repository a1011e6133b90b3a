import { texts } from "../texts/texts.ts";
import { aboutAgent, type Named, statusButton } from "./agent-buttons.ts";
import { type BotContext, show } from "./context.ts";
import type { ViewButton } from "./view.ts";

/**
 * Says what kept a command from being done, with a button that runs it once more in place of this answer.
 * `agent` is the one that it was about, where it acts on the one that is talked to.
 */
export function offerAgain(
  context: BotContext,
  text: string,
  { agent, more = [] }: { agent?: Named | undefined; more?: ViewButton[] } = {},
): void {
  const { ran } = context;
  const bound = agent && { agent: aboutAgent(agent) };
  const again = ran && { ...ran, label: texts.bot.tryAgain, edits: true, ...bound };
  show(context, { text, buttons: [...(again ? [[again]] : []), ...more.map((one) => [one])] });
}

/** Says that opencode does not answer; see `offerAgain`. */
export function opencodeSilent(context: BotContext, agent?: Named): void {
  offerAgain(context, texts.bot.opencodeSilent, { agent, more: [statusButton(agent)] });
}
