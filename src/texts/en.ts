import { agents } from "./en/agents.ts";
import { buttons } from "./en/buttons.ts";
import { cards } from "./en/cards.ts";
import { chat } from "./en/chat.ts";
import { host } from "./en/host.ts";
import { models } from "./en/models.ts";
import { outages } from "./en/outages.ts";
import { replies } from "./en/replies.ts";
import { turns } from "./en/turns.ts";

/** All texts in English, by subject. */
export const en = { agents, buttons, cards, chat, host, models, outages, replies, turns };
