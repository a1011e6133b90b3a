import { join } from "node:path";
import autoload from "@fastify/autoload";
import Fastify, {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
  LogController,
} from "fastify";
import { type Config, isLoopbackUrl } from "./config.ts";
import { openDataDir } from "./store/data-dir.ts";
import { createLogger } from "./log.ts";
import { opencodePassword, replyToken } from "./access/kept-secrets.ts";
import type { DataDirLock } from "./store/sqlite.ts";

declare module "fastify" {
  interface FastifyInstance {
    config: Config;
    dataDirLock: DataDirLock;
    replyToken: string;
  }
}

const root = join(import.meta.dirname, "..");
// Telegram's updates are a few kB; files never come this way.
const bodyLimitBytes = 1024 * 1024;

const pluginTimeoutMs = 30_000;

const malformedAddress = {
  statusCode: 400,
  error: "Bad Request",
  message: "The address is malformed.",
};

/** Builds the app: plugins, then routes. Its workers begin when it listens and end when it closes. */
export async function buildApp(
  settings: Config,
  logger?: FastifyBaseLogger,
): Promise<FastifyInstance> {
  const { lock, isPrivate } = openDataDir(settings.dataDir);
  const config = withPassword(settings);
  const token = replyToken(config.dataDir, config.http.replyToken);
  const { telegram, opencode, hearing, speaking } = config;
  const secrets = [telegram.token, telegram.secret, token, opencode.password];
  secrets.push(hearing?.server.key, speaking?.key);
  const app = Fastify({
    loggerInstance: logger ?? createLogger(config.logLevel, secrets),
    // What is refused or fails is logged where that is decided.
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: bodyLimitBytes,
    forceCloseConnections: "idle",
    // Fastify's own 10 s would end a close just when `server.ts` does.
    pluginTimeout: pluginTimeoutMs,
    // An address that cannot be decoded reaches no error handler, and Fastify's own words repeat it.
    frameworkErrors: (_error, _request, reply: FastifyReply) =>
      void reply.code(400).send(malformedAddress),
  });
  app.decorate("config", config);
  app.decorate("dataDirLock", lock);
  app.decorate("replyToken", token);
  if (!isPrivate) app.log.warn("other users of this machine can read DATA_DIR");
  await app.register(autoload, { dir: join(root, "plugins") });
  await app.register(autoload, { dir: join(root, "routes") });
  return app;
}

/** An opencode server on this machine always has a password; a remote one only what is configured. */
function withPassword(config: Config): Config {
  const { dataDir, opencode } = config;
  if (!isLoopbackUrl(opencode.url)) return config;
  const password = opencodePassword(dataDir, opencode.password);
  return { ...config, opencode: { ...opencode, password } };
}
