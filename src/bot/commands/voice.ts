import { chatSettings, chooseSettings } from "../../chat-settings/chat-settings.ts";
import { texts } from "../../texts/texts.ts";
import { answer, type Command } from "../context.ts";
import { sendView } from "../view.ts";

/** What `/voice` needs. */
export interface VoiceServices {
  config: { speaking: object | undefined };
}

const words = texts.voice;

/** Has answers read aloud in this conversation, or no more. */
export const voice = ({ config }: VoiceServices): Command => ({
  name: "voice",
  group: "tools",
  argument: texts.arguments.voice,
  description: texts.commands.voice,
  async run(context, argument) {
    const { work, conversation, from, redraws } = context;
    const chosen = argument.toLowerCase();
    if (!["", "on", "off"].includes(chosen)) return answer(context, words.usage);
    if (chosen !== "off" && !config.speaking) return answer(context, words.notSet);
    work.addEffect(async (transaction) => {
      if (chosen !== "") {
        await chooseSettings(transaction, conversation, { voice: chosen === "on" });
      }
      const now = (await chatSettings(transaction, conversation)).voice ? "on" : "off";
      const other = now === "on" ? "off" : "on";
      const button = { label: words.labels[other], command: "voice", argument: other, edits: true };
      const place = { conversation, operator: from?.id, redraws };
      const buttons = config.speaking ? [[button]] : [];
      await sendView(transaction, place, { text: words[now], buttons });
    });
  },
});
