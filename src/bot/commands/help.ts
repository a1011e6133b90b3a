import { texts } from "../../texts/texts.ts";
import { answer, type Command } from "../context.ts";

/** Lists every command under the heading of its group; a name shows that command alone. */
export const help = (others: readonly Command[]): Command => ({
  name: "help",
  group: "help",
  argument: texts.arguments.help,
  description: texts.commands.help,
  isFast: true,
  async run(context, argument) {
    const all = [...others, this];
    const wanted = argument.replace(/^\//, "").toLowerCase();
    const one = all.find(({ name }) => name === wanted);
    if (one) return answer(context, lineOf(one));
    const groups = Object.entries(texts.bot.groups).map(([group, heading]) => {
      const lines = all.filter((command) => command.group === group).map(lineOf);
      return [heading, ...lines].join("\n");
    });
    answer(context, [texts.bot.helpIntro, ...groups].join("\n\n"));
  },
});

function lineOf({ name, argument, description }: Command): string {
  return `/${name}${argument ? ` ${argument}` : ""}: ${description}`;
}
