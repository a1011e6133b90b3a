import { Readable } from "node:stream";
import { onOneLine } from "../../chat/hidden.ts";
import type { Opencode } from "../../opencode/client.ts";
import type { Controls } from "../../opencode/controls.ts";
import { exportOf, transcriptOf } from "../../opencode/transcript.ts";
import { shownMessages } from "../../opencode/undo.ts";
import { type KeptFiles, maxFileBytes } from "../../outbox/kept-files.ts";
import { texts } from "../../texts/texts.ts";
import type { AgentArgumentServices } from "../agent-argument.ts";
import { historyButton } from "../agent-buttons.ts";
import type { Command } from "../context.ts";
import { sendDocument, writeDocument } from "../../outbox/documents.ts";
import { sessionErrand } from "../session-errand.ts";

/** What `/export` needs. */
export interface ExportServices extends AgentArgumentServices {
  opencode: Pick<Opencode, "session">;
  opencodeControls: Pick<Controls, "allMessages" | "messagesAsJson">;
  keptFiles: Pick<KeptFiles, "place" | "flush" | "drop">;
}

/** Sends what was said in the session as Markdown, and all of it as JSON. */
export const exportSession = (services: ExportServices): Command =>
  sessionErrand(services, {
    name: "export",
    description: texts.commands.export,
    details: texts.details.export,
    isRepeatable: true,
    progress: texts.sessions.exporting,
    async perform({ agent, task }) {
      const { opencode, opencodeControls, keptFiles } = services;
      const [messages, session] = await Promise.all([
        opencodeControls.allMessages(agent),
        opencode.session(agent.sessionId),
      ]);
      const shown = shownMessages(messages, session);
      const said = transcriptOf(shown);
      if (shown.length === 0) {
        return { text: texts.sessions.nothingToExport, buttons: [[historyButton]] };
      }
      const markdown = await writeDocument(keptFiles, `${agent.name}.md`, said);
      const write = (content: AsyncIterable<Uint8Array>) =>
        writeDocument(keptFiles, `${agent.name}.json`, sendable(exportOf(session, content)));
      let words = texts.sessions.exported;
      const json = await write(await opencodeControls.messagesAsJson(agent)).catch((error) => {
        if (!(error instanceof TooLarge)) throw error;
        words = texts.sessions.exportedWithoutFiles;
        return write(Readable.from([Buffer.from(JSON.stringify(messages))]));
      });
      return {
        text: words({ title: onOneLine(session.title ?? agent.name) }),
        async effect(transaction) {
          for (const file of [markdown, json]) {
            await sendDocument(transaction, task.conversation, file);
          }
        },
      };
    },
  });

/** More than a bot may send. */
class TooLarge extends Error {}

async function* sendable(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  for await (const piece of pieces) {
    bytes += piece.length;
    if (bytes > maxFileBytes) throw new TooLarge();
    yield piece;
  }
}
