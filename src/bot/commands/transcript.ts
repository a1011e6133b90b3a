import type { Logger } from "../../log.ts";
import { type FormattedText, joined } from "../../chat/formatted-text.ts";
import { renderMarkdown, splitFormatted } from "../../chat/markdown/render.ts";
import { markdownLines } from "../../chat/rich/markdown-lines.ts";
import { maxTextLength } from "../../chat/limits.ts";
import type { Opencode } from "../../opencode/client.ts";
import type { Controls } from "../../opencode/controls.ts";
import { transcriptPages } from "../../opencode/transcript.ts";
import { shownMessages } from "../../opencode/undo.ts";
import { texts } from "../../texts/texts.ts";
import { opencodeSilent } from "../again.ts";
import { askOpencode } from "../ask-opencode.ts";
import { type AgentArgumentServices, startedAgent } from "../agent-argument.ts";
import { historyButton } from "../agent-buttons.ts";
import { type Command, show } from "../context.ts";
import { pageButtons, pageOf } from "../pages.ts";

/** What `/transcript` needs. */
export interface TranscriptServices extends AgentArgumentServices {
  opencode: Pick<Opencode, "session">;
  opencodeControls: Pick<Controls, "allMessages">;
  log: Logger;
}

// Room for the line that numbers the page.
const longestPage = maxTextLength - 100;

/** What was said in the session, in pages; the newest is shown first. */
export const transcript = (services: TranscriptServices): Command => ({
  name: "transcript",
  group: "sessions",
  argument: texts.arguments.transcript,
  description: texts.commands.transcript,
  details: texts.details.transcript,
  isFast: true,
  async run(context, argument) {
    const agent = await startedAgent(context, services);
    if (!agent) return;
    const { opencode, opencodeControls, log } = services;
    const read = Promise.all([
      opencodeControls.allMessages(agent),
      opencode.session(agent.sessionId),
    ]);
    const [messages, session] = (await askOpencode(read, log)) ?? [];
    if (!messages || !session) return opencodeSilent(context, agent);
    const pages = transcriptPages(shownMessages(messages, session), longestPage);
    if (pages.length === 0) {
      return show(context, { text: texts.sessions.nothingSaid, buttons: [[historyButton]] });
    }
    const page = pageOf(pages, argument === "" ? pages.length : Number(argument), 1);
    const { number, count } = page;
    const below = texts.sessions.transcript({ page: number, count });
    show(context, {
      agent: agent.id,
      ...joined(shownPage(pages, number - 1), `\n\n${below}`),
      buttons: pageButtons(page, "transcript", (other) => `${other}`),
    });
  },
});

/** A page formatted, or as it was written where that makes it too long for one message. */
function shownPage(pages: readonly string[], index: number): FormattedText {
  const page = pages[index] ?? "";
  let fence = "";
  for (const before of pages.slice(0, index)) fence = markdownLines(after(fence, before)).open;
  const [shown, more] = splitFormatted(renderMarkdown(after(fence, page)), longestPage);
  return shown && !more ? shown : joined(page);
}

/** A page that begins inside of code which the page before it has opened. */
function after(fence: string, page: string): string {
  return fence === "" ? page : `${fence}\n${page}`;
}
