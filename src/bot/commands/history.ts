import { ageInWords } from "../../chat/age.ts";
import { onOneLine } from "../../chat/hidden.ts";
import { shortened } from "../../chat/formatted-text.ts";
import type { Logger } from "../../log.ts";
import type { Controls, PastSession } from "../../opencode/controls.ts";
import { texts } from "../../texts/texts.ts";
import { opencodeSilent } from "../again.ts";
import { askOpencode } from "../ask-opencode.ts";
import { type Command, show } from "../context.ts";
import { quoted } from "../quoted.ts";

/** What `/history` needs. */
export interface HistoryServices {
  opencodeControls: Pick<Controls, "history">;
  log: Logger;
}

const pageSize = 8;
const longestTitle = 80;
const longestSearch = 100;
/** How a page is asked for by its button: the cursor, then what is searched. */
const pageMark = /^--from (\S+) ?(.*)$/s;

/** Lists the sessions of opencode, of every project, with a button each to resume it. */
export const history = ({ opencodeControls, log }: HistoryServices): Command => ({
  name: "history",
  group: "sessions",
  argument: texts.arguments.history,
  description: texts.commands.history,
  details: texts.details.history,
  isFast: true,
  async run(context, argument) {
    const [, cursor, rest] = pageMark.exec(argument) ?? [];
    const search = (rest ?? argument).slice(0, longestSearch);
    const page = await askOpencode(
      opencodeControls.history({ limit: pageSize, cursor, ...(search && { search }) }),
      log,
    );
    if (!page) return opencodeSilent(context);
    if (page.sessions.length === 0) {
      const every = { label: texts.bot.labels.allSessions, command: "history" };
      const buttons = search === "" ? [] : [[every]];
      return show(context, { text: texts.sessions.noHistory({ search: quoted(search) }), buttons });
    }
    const lines = page.sessions.map((session, index) => lineOf(session, index + 1));
    show(context, {
      isForeign: true,
      text: [texts.sessions.history({ search: quoted(search) }), ...lines].join("\n"),
      buttons: [
        ...page.sessions.map(({ id }, index) => [
          { label: texts.sessions.resume({ number: index + 1 }), command: "resume", argument: id },
        ]),
        ...(page.next === undefined ? [] : [[moreButton(`--from ${page.next} ${search}`)]]),
      ],
    });
  },
});

function moreButton(argument: string) {
  return { label: texts.bot.more, command: "history", argument, edits: true };
}

function lineOf({ title, updatedAt, directory }: PastSession, number: number): string {
  return texts.sessions.pastSession({
    number,
    title: shortened(onOneLine(title), longestTitle),
    age: ageInWords(Date.now() - updatedAt),
    folder: onOneLine(directory),
  });
}
