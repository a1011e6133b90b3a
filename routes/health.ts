import type { FastifyPluginAsync } from "fastify";
import { feederProblem } from "../src/inbox/feeder-state.ts";
import { probe } from "../src/store/probe.ts";

/** `GET /healthz`: the process answers. `GET /readyz`: it can do its work, or what is missing. */
const health: FastifyPluginAsync = async (app) => {
  app.addHook("onRequest", app.requireLocal);

  app.get("/healthz", async () => ({ alive: true }));

  app.get("/readyz", async (_request, reply) => {
    const { isOpen } = app.events;
    const programs = await app.programs.missing(isOpen);
    const missing = {
      store: await storeFault(),
      opencode: programs.opencode ?? (isOpen ? undefined : "opencode does not answer"),
      webhook: await app.registration.check(),
      feeder:
        app.config.receive === "pull" ? feederProblem(app.config.dataDir, Date.now()) : undefined,
      // With DELIVERY=api prompts need no terminal.
      tmux: programs.tmux ?? (app.config.delivery === "tmux" ? await tmuxFault() : undefined),
    };
    const warning = await app.serverCheck.warning();
    const ready = Object.values(missing).every((fault) => fault === undefined);
    return reply.code(ready ? 200 : 503).send({
      ready,
      missing,
      // What works and still wants the operator's attention.
      ...(warning !== undefined && { warnings: [warning] }),
    });
  });

  async function tmuxFault(): Promise<string | undefined> {
    try {
      await app.tmux.listSessions();
      return undefined;
    } catch (error) {
      app.log.error({ err: error }, "tmux cannot be used");
      return "tmux does not answer";
    }
  }

  async function storeFault(): Promise<string | undefined> {
    try {
      await probe(app.store);
      return undefined;
    } catch (error) {
      app.log.error({ err: error }, "the store cannot be written");
      return "the store cannot be written: is the disk full?";
    }
  }
};

export default health;
