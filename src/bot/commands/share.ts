import { Refusal } from "../../errors.ts";
import type { Controls } from "../../opencode/controls.ts";
import { OpencodeRefused } from "../../opencode/errors.ts";
import { texts } from "../../texts/texts.ts";
import type { AgentArgumentServices } from "../agent-argument.ts";
import type { Command } from "../context.ts";
import { sessionErrand } from "../session-errand.ts";

/** What `/share` needs. */
export interface ShareServices extends AgentArgumentServices {
  opencodeControls: Pick<Controls, "share">;
}

const notShared = 502;

/** Publishes the session; opencode may have that switched off. */
export const share = (services: ShareServices): Command =>
  sessionErrand(services, {
    name: "share",
    description: texts.commands.share,
    details: texts.details.share,
    asksWhenOld: true,
    isRepeatable: true,
    progress: texts.sessions.sharing,
    async perform({ agent }) {
      const url = await services.opencodeControls.share(agent).catch((error: unknown) => {
        if (error instanceof OpencodeRefused) return undefined;
        throw error;
      });
      if (url === undefined) throw new Refusal(notShared, texts.sessions.shareRefused);
      return { text: texts.sessions.shared({ url }) };
    },
  });
