import { readFileSync } from "node:fs";
import { Api } from "grammy/web";
import type { UserFromGetMe } from "grammy/types";
import { clientOptions } from "../../src/telegram/api.ts";
import { telegramFault } from "../../src/telegram/fault.ts";
import { type Flags, settingProblem } from "./flags.ts";
import { printable } from "./printable.ts";
import { type Prompts, SetupError } from "./prompts.ts";

/** The bot that the token belongs to. */
export interface Bot {
  token: string;
  api: Api;
  account: UserFromGetMe;
}

/** Where a token can come from. */
export interface TokenSources {
  prompts: Prompts;
  flags: Pick<Flags, "tokenFile">;
  /** The environment of the process. */
  env: Readonly<Record<string, string | undefined>>;
  /** The token that `.env` holds. */
  before: string | undefined;
  apiRoot: string;
}

/**
 * The bot, by a token that Telegram accepts: the flag's, the environment's, the one in `.env` if it is to
 * be kept, else the one that is typed.
 * @throws SetupError for a token that is refused, or a Bot API that cannot be reached, when nobody is
 * there to try again.
 */
export async function askForBot(sources: TokenSources): Promise<Bot> {
  const { prompts, before, apiRoot } = sources;
  const given = givenToken(sources);
  if (given !== undefined) return knownBot(sources, given);
  if (before) {
    const bot = await botOf(sources, before);
    if (bot && (!prompts.isInteractive || (await isKept(prompts, bot)))) return bot;
  }
  for (;;) {
    const token = await prompts.secret({
      flag: "--token-file",
      message: "The token that @BotFather gave you (/newbot makes a bot):",
      check: tokenProblem,
    });
    const bot = await botOf({ prompts, apiRoot }, token);
    if (bot) return bot;
  }
}

const tokenProblem = (token: string) => settingProblem("TELEGRAM_BOT_TOKEN", token);

function givenToken({ flags, env }: TokenSources): string | undefined {
  if (flags.tokenFile === undefined) return env["TELEGRAM_BOT_TOKEN"] || undefined;
  try {
    return readFileSync(flags.tokenFile === "-" ? 0 : flags.tokenFile, "utf8").trim();
  } catch (error) {
    throw new SetupError(`--token-file cannot be read: ${(error as Error).message}.`);
  }
}

/** The bot of a token that was given and cannot be typed anew. */
async function knownBot(sources: TokenSources, token: string): Promise<Bot> {
  const problem = tokenProblem(token);
  if (problem !== undefined) throw new SetupError(`The bot's token is invalid. ${problem}`);
  const bot = await botOf(sources, token);
  if (!bot) throw new SetupError(refused);
  return bot;
}

const refused = "Telegram does not know this token; copy it again from @BotFather.";

/** The bot of a token; undefined when Telegram refuses it, after a warning. */
async function botOf(
  { prompts, apiRoot }: Pick<TokenSources, "prompts" | "apiRoot">,
  token: string,
): Promise<Bot | undefined> {
  const api = new Api(token, clientOptions({ token, apiRoot, timeoutSeconds: 15 }));
  for (;;) {
    try {
      const account = await prompts.wait("Asking Telegram about the bot …", (signal) =>
        // grammY types its signals after a polyfill; it takes native ones as well.
        api.getMe(signal as Parameters<Api["getMe"]>[0]),
      );
      prompts.say(`The bot is @${account.username} (${printable(account.first_name)}).`);
      return { token, api, account };
    } catch (error) {
      const fault = telegramFault(error);
      if (fault.kind === "token") {
        if (!prompts.isInteractive) throw new SetupError(refused);
        prompts.warn(refused);
        return undefined;
      }
      if (!prompts.isInteractive) throw new SetupError(fault.message);
      prompts.warn(fault.message);
      await prompts
        .confirm({ flag: "--api-root", message: "Try again?", needsPerson: true })
        .then((isWanted) => {
          if (!isWanted) throw new SetupError("Nothing was changed; run setup again later.");
        });
    }
  }
}

function isKept(prompts: Prompts, { account }: Bot): Promise<boolean> {
  return prompts.confirm({ flag: "--token-file", message: `Keep the bot @${account.username}?` });
}
