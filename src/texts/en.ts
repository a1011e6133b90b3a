import { agents } from "./en/agents.ts";
import { bot } from "./en/bot.ts";
import { buttons } from "./en/buttons.ts";
import { cards } from "./en/cards.ts";
import { changes } from "./en/changes.ts";
import { chat } from "./en/chat.ts";
import { commandArguments, commandDetails, commands } from "./en/commands.ts";
import { files } from "./en/files.ts";
import { host } from "./en/host.ts";
import { live } from "./en/live.ts";
import { models } from "./en/models.ts";
import { outages } from "./en/outages.ts";
import { projects } from "./en/projects.ts";
import { queue } from "./en/queue.ts";
import { replies } from "./en/replies.ts";
import { screen } from "./en/screen.ts";
import { sessions } from "./en/sessions.ts";
import { settings } from "./en/settings.ts";
import { tools } from "./en/tools.ts";
import { turns } from "./en/turns.ts";
import { uploads } from "./en/uploads.ts";
import { voice } from "./en/voice.ts";

/** All texts in English, by subject. */
export const en = {
  agents,
  arguments: commandArguments,
  bot,
  buttons,
  cards,
  changes,
  chat,
  commands,
  details: commandDetails,
  files,
  host,
  live,
  models,
  outages,
  projects,
  queue,
  replies,
  screen,
  sessions,
  settings,
  tools,
  turns,
  uploads,
  voice,
};
