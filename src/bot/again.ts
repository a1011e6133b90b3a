import { texts } from "../texts/texts.ts";
import { type BotContext, show } from "./context.ts";
import type { StartData } from "./start-argument.ts";
import type { ViewButton } from "./view.ts";

/**
 * Says what kept a command from being done, with a button that runs it once more in place of this answer.
 * `agent` is the one that it was about, where it acts on the one that is talked to.
 */
export function offerAgain(
  context: BotContext,
  text: string,
  { agent, more = [] }: { agent?: string | undefined; more?: ViewButton[] } = {},
): void {
  const { ran } = context;
  const again = ran && { ...ran, label: texts.bot.tryAgain, edits: true, ...(agent && { agent }) };
  show(context, { text, buttons: [...(again ? [[again]] : []), ...more.map((one) => [one])] });
}

/** Says that opencode does not answer; see `offerAgain`. */
export function opencodeSilent(context: BotContext, agent?: string): void {
  offerAgain(context, texts.bot.opencodeSilent, { agent, more: [statusButton(agent)] });
}

/** A button that asks how an agent is, or the one that is talked to. */
export function statusButton(agent = ""): ViewButton {
  return { label: texts.bot.labels.status, command: "status", argument: agent };
}

/** A button that starts a stopped agent. */
export function startButton(agent: string): ViewButton {
  const data: StartData = { agent };
  return { label: texts.bot.startIt({ agent }), command: "start", argument: agent, data };
}
