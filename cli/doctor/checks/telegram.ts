import { Api } from "grammy/web";
import { isLoopbackUrl } from "../../../src/config.ts";
import { clientOptions } from "../../../src/telegram/api.ts";
import { feederProblem } from "../../../src/inbox/feeder-state.ts";
import { telegramFault, webhookFault } from "../../../src/telegram/fault.ts";
import { age } from "../age.ts";
import { type Check, failed, ok, skipped } from "../check.ts";
import { configOf, type Context } from "../context.ts";
import { ask } from "../request.ts";
import { runs } from "./switchboard.ts";

const timeoutSeconds = 8;
const mostSkewSeconds = 30;

/** Whether Telegram knows the bot. */
export const token: Check = {
  name: "token",
  needs: ["settings"],
  run: async (context) => {
    try {
      const { username } = await botApi(context).getMe();
      return ok(`the bot is @${username}`);
    } catch (error) {
      return failed(telegramFault(error).message);
    }
  },
};

/** Whether this machine's clock agrees with Telegram's. */
export const clock: Check = {
  name: "clock",
  needs: ["settings"],
  run: async (context, _before, signal) => {
    const { apiRoot } = configOf(context).telegram;
    let date: number;
    try {
      // Not a path of the bot's, so that the token is in no address.
      const { headers } = await ask(`${apiRoot}/`, { signal, ca: context.ca });
      date = Date.parse(String(headers["date"]));
    } catch {
      return skipped(`not checked: ${apiRoot} does not answer`);
    }
    if (Number.isNaN(date)) return skipped(`not checked: ${apiRoot} does not tell the time`);
    const seconds = Math.round((context.now() - date) / 1000);
    if (Math.abs(seconds) <= mostSkewSeconds) {
      return ok(
        isLoopbackUrl(apiRoot) ? "agrees with the Bot API server on this machine" : "correct",
      );
    }
    const how = `${age(Math.abs(seconds) * 1000)} ${seconds > 0 ? "fast" : "slow"}`;
    return failed(`this machine's clock is ${how}: sudo timedatectl set-ntp true`);
  },
};

/** Whether Telegram sends updates to this Switchboard, and reaches it; with RECEIVE=pull, that it sends none. */
export const webhook: Check = {
  name: "webhook",
  needs: ["token"],
  after: ["Switchboard"],
  run: async (context, before) => {
    const { publicUrl } = configOf(context).telegram;
    const { receive } = configOf(context);
    const info = await botApi(context).getWebhookInfo().catch(faultOf);
    if (typeof info === "string") return failed(info);
    const { url = "", pending_update_count: pending } = info;
    const isRunning = runs(before);
    if (receive === "pull") {
      if (url === "") return ok("deleted, as RECEIVE=pull needs it");
      if (!isRunning)
        return skipped("set, though RECEIVE=pull; Switchboard deletes it when it starts");
      return failed(
        `it is set to ${hostOf(url)}, though RECEIVE=pull: restart Switchboard, which deletes it`,
      );
    }
    if (url === "") {
      if (!isRunning) return skipped("not set yet: Switchboard sets it when it starts");
      return failed(
        "it is not set, so no message arrives: restart Switchboard, and look at its log",
      );
    }
    if (url !== `${publicUrl}/telegram/webhook`) {
      if (!isRunning && isOldAddress(url))
        return skipped(`still that of ${hostOf(url)}; Switchboard sets it when it starts`);
      const own = "give every program a bot of its own";
      return failed(
        isOldAddress(url)
          ? `updates go to ${hostOf(url)}, not to PUBLIC_URL: restart Switchboard; if another one uses this bot, ${own}`
          : `updates go to ${hostOf(url)} instead: ${own}, and restart Switchboard`,
      );
    }
    const waiting =
      pending === 0
        ? "nothing waits"
        : `${pending} ${pending === 1 ? "update waits" : "updates wait"}`;
    const { last_error_date: failedAt, last_error_message: said } = info;
    const since = failedAt === undefined ? undefined : age(context.now() - failedAt * 1000);
    if (pending > 0 && said !== undefined) {
      // What follows from that alone is told by its own line.
      if (!isRunning) return skipped(`ours; ${waiting} until Switchboard runs`);
      return failed(`${webhookFault(said).message} That was ${since} ago; ${waiting}.`);
    }
    return ok(
      `ours; ${waiting}${since === undefined ? "" : `; the last error was ${since} ago, and is over`}`,
    );
  },
};

/** Whether `npm run pull` brings the updates, where it has to. */
export const feeder: Check = {
  name: "feeder",
  needs: ["webhook"],
  after: ["Switchboard"],
  applies: ({ settings }) => settings?.receive === "pull",
  run: (context, before) => {
    const problem = feederProblem(configOf(context).dataDir, context.now());
    if (problem === undefined) return ok("npm run pull brings the updates");
    if (!runs(before)) return skipped("not checked: see Switchboard");
    return failed(problem);
  },
};

const isOldAddress = (url: string) => url.endsWith("/telegram/webhook");

/** The Bot API, asked once for each call. */
export function botApi(context: Context): Api {
  const { token: botToken, apiRoot } = configOf(context).telegram;
  return new Api(botToken, clientOptions({ token: botToken, apiRoot, timeoutSeconds }));
}

const faultOf = (error: unknown): string => telegramFault(error).message;

/** The rest of a foreign address may contain a secret. */
function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : "another address";
}
