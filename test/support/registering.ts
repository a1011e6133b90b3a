import type { UserFromGetMe } from "grammy/types";
import type { Test } from "tap";
import { BotApiServer } from "../../sandbox/telegram/server.ts";
import { Settings } from "../../src/store/settings.ts";
import { createApi } from "../../src/telegram/api.ts";
import { Pauses } from "../../src/telegram/pauses.ts";
import { Registration, type RegistrationOptions } from "../../src/telegram/registration.ts";
import { keptLog, token } from "./app.ts";
import { memoryStore } from "./memory.ts";

const usual = [{ command: "start", description: "start an agent" }];

/** What differs from a usual registration. */
export type StartOptions = Partial<RegistrationOptions> & { commands?: typeof usual };

/** Registrations of a bot with a Bot API server, on a store in memory. */
export async function registering(t: Test) {
  const telegram = new BotApiServer({ token });
  const apiRoot = await telegram.listen();
  t.teardown(() => telegram.close());
  const settings = new Settings(await memoryStore(t));
  const { kept, log } = keptLog();
  const start = ({ commands = usual, ...options }: StartOptions = {}) => {
    const known: UserFromGetMe[] = [];
    const registration = new Registration({
      api: createApi({ token, apiRoot }, new Pauses(settings)),
      settings,
      webhookUrl: "http://127.0.0.1:2/telegram/webhook",
      secret: "secret-1",
      log,
      firstPauseMs: 1,
      longestPauseMs: 4,
      ...options,
    });
    t.teardown(() => registration.stop());
    registration.on("account", (account) => void known.push(account));
    registration.start(commands);
    registration.start(commands);
    return { registration, known };
  };
  /** Resolves when a registration has nothing missing and no call under way. */
  const done = async (registration: Registration) => {
    while (registration.missing !== undefined) await new Promise(setImmediate);
    await new Promise(setImmediate);
    await registration.menu.settled();
  };
  const methods = (since = 0) =>
    telegram.calls.filter(({ sequence }) => sequence > since).map(({ method }) => method);
  return { telegram, apiRoot, settings, start, done, methods, log: kept };
}
