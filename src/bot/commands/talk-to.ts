import { speakerNow } from "../../agents/speaker.ts";
import { talkTo as name, talkToOf } from "../../replies/introduce.ts";
import type { Store } from "../../store/store.ts";
import { texts } from "../../texts/texts.ts";
import { answer, type Command } from "../context.ts";

/** What talking to an agent that has spoken needs. */
export interface TalkToServices {
  store: Store;
}

/**
 * Talks to the agent that said something, whatever it is called by now: `/switch`, but never to another one
 * that has its name. Only a button runs it.
 */
export const talkTo = ({ store }: TalkToServices, switchAgent: Command): Command => ({
  name,
  group: "agents",
  description: texts.commands.talk_to,
  isHidden: true,
  async run(context, argument) {
    const spoke = talkToOf(argument);
    const { name: agent, isSame } = await store.read((transaction) =>
      speakerNow(transaction, spoke),
    );
    if (!isSame) return answer(context, texts.bot.speakerGone({ agent }));
    return switchAgent.run(context, agent);
  },
});
