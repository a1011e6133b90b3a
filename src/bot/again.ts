import { texts } from "../texts/texts.ts";
import { aboutAgent, type Named, statusButton } from "./agent-buttons.ts";
import { type BotContext, show } from "./context.ts";
import type { View, ViewButton } from "./view.ts";

interface About {
  /** The one that the command was about, where it acts on the one that is talked to. */
  agent?: Named | undefined;
  more?: ViewButton[];
}

/** Says what kept a command from being done, with a button that runs it once more in place of this answer. */
export function offerAgain(context: BotContext, text: string, about?: About): void {
  show(context, againView(context, text, about));
}

/** The same for an effect that only knows it in its transaction. */
export function againView(
  { ran }: Pick<BotContext, "ran">,
  text: string,
  { agent, more = [] }: About = {},
): View {
  const bound = agent && { agent: aboutAgent(agent) };
  const again = ran && { ...ran, label: texts.bot.tryAgain, edits: true, ...bound };
  return { text, buttons: [...(again ? [[again]] : []), ...more.map((one) => [one])] };
}

/** Says that opencode does not answer; see `offerAgain`. */
export function opencodeSilent(context: BotContext, agent?: Named): void {
  offerAgain(context, texts.bot.opencodeSilent, { agent, more: [statusButton(agent)] });
}
