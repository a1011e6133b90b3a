import type { Handlers } from "../world.ts";
import { albumMethods } from "./albums.ts";
import { botMethods } from "./bot.ts";
import { fileMethods } from "./files.ts";
import { mediaMethods } from "./media.ts";
import { messageMethods } from "./messages.ts";
import { voiceMethods } from "./voice.ts";
import { webhookMethods } from "./webhook.ts";

/** Every method the sandbox has. */
export const methods: Handlers = {
  ...albumMethods,
  ...botMethods,
  ...fileMethods,
  ...mediaMethods,
  ...messageMethods,
  ...voiceMethods,
  ...webhookMethods,
};
