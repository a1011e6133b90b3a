import type { Handlers } from "../world.ts";
import { botMethods } from "./bot.ts";
import { fileMethods } from "./files.ts";
import { mediaMethods } from "./media.ts";
import { messageMethods } from "./messages.ts";
import { webhookMethods } from "./webhook.ts";

/** Every method the sandbox has. */
export const methods: Handlers = {
  ...botMethods,
  ...fileMethods,
  ...mediaMethods,
  ...messageMethods,
  ...webhookMethods,
};
