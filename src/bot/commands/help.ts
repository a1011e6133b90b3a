import { texts } from "../../texts/texts.ts";
import { similarNames } from "../agent-argument.ts";
import { type Command, type CommandGroup, show } from "../context.ts";
import { quoted } from "../quoted.ts";
import type { View, ViewButton } from "../view.ts";

/** What the button of a group carries. */
interface Chosen {
  group: CommandGroup;
}

const groupsInRow = 3;

/**
 * Lists every command under the heading of its group, one on a line of a phone; a button shows a group alone,
 * with what its commands take, and a name all that is to be said of that command.
 */
export const help = (others: readonly Command[]): Command => ({
  name: "help",
  group: "help",
  argument: texts.arguments.help,
  description: texts.commands.help,
  isFast: true,
  async run(context, argument, data) {
    const all = [...others, this];
    const group = (data as Chosen | undefined)?.group;
    if (group) return show(context, viewOfGroup(all, group));
    if (argument === "") return show(context, viewOfAll(all));
    const wanted = argument.replace(/^\//, "").toLowerCase();
    const one = all.find(({ name }) => name === wanted);
    show(context, one ? viewOfOne(one) : viewOfNone(all, wanted));
  },
});

const everything: ViewButton = { label: texts.bot.labels.help, command: "help", edits: true };

function viewOfAll(all: readonly Command[]): View {
  const { groups, helpIntro, labels } = texts.bot;
  const keys = Object.keys(groups) as CommandGroup[];
  const sections = keys.map((group) => ({
    heading: groups[group],
    lines: inGroup(all, group).map(({ name, description }) =>
      texts.bot.helpLine({ name, description }),
    ),
  }));
  let text = helpIntro;
  const entities = sections.map(({ heading, lines }) => {
    const offset = text.length + 2;
    text = [`${text}\n`, heading, ...lines].join("\n");
    return { type: "bold" as const, offset, length: heading.length };
  });
  const buttons = keys.map((group) => ({
    label: groups[group],
    command: "help",
    edits: true,
    data: { group } satisfies Chosen,
  }));
  const rows = Array.from({ length: Math.ceil(buttons.length / groupsInRow) }, (_, row) =>
    buttons.slice(row * groupsInRow, (row + 1) * groupsInRow),
  );
  return { text, entities, buttons: [...rows, [{ label: labels.menu, command: "menu" }]] };
}

function viewOfGroup(all: readonly Command[], group: CommandGroup): View {
  const heading = texts.bot.groups[group];
  const lines = inGroup(all, group).map((one) => `${usageOf(one)}\n${one.description}`);
  return {
    text: [heading, ...lines].join("\n\n"),
    entities: [{ type: "bold", offset: 0, length: heading.length }],
    buttons: [[everything]],
  };
}

function viewOfOne(one: Command): View {
  const lines = [usageOf(one), one.description, ...(one.details ? [one.details] : [])];
  return { text: lines.join("\n"), buttons: [[everything]] };
}

function viewOfNone(all: readonly Command[], wanted: string): View {
  const similar = similarNames(
    wanted,
    all.map(({ name }) => name),
  );
  const buttons = similar.map((name): ViewButton => {
    return { label: `/${name}`, command: "help", argument: name, edits: true };
  });
  return {
    text: texts.bot.noHelp({
      command: quoted(wanted),
      similar: similar.map((name) => `/${name}`).join(", "),
    }),
    buttons: [...buttons, everything].map((button) => [button]),
  };
}

function inGroup(all: readonly Command[], group: CommandGroup): Command[] {
  return all.filter((command) => command.group === group);
}

/** How a command is written. */
function usageOf({ name, argument }: Command): string {
  return `/${name}${argument ? ` ${argument}` : ""}`;
}
