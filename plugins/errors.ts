import { STATUS_CODES } from "node:http";
import type { FastifyError } from "fastify";
import fp from "fastify-plugin";
import { Refusal } from "../src/errors.ts";
import { isStoreFault } from "../src/store/store.ts";

const retryAfterSeconds = 5;

// The answers when the framework itself refuses a request.
const sentences: Record<number, string> = {
  400: "The request is not of the documented form.",
  413: "The request is too large.",
  415: "The content type is not one of those documented.",
  503: "The store cannot take this now: the disk may be full. Send it again later.",
};

/** Every error answer is `{statusCode, error, message}` with a fixed sentence; the rest is logged. */
export default fp(
  async (app) => {
    app.setErrorHandler((error: FastifyError | Refusal, request, reply) => {
      const isFull = isStoreFault(error);
      if (isFull || error.statusCode === 503) reply.header("retry-after", retryAfterSeconds);
      const statusCode = error.statusCode ?? (isFull ? 503 : 500);
      if (statusCode >= 500) request.log.error({ err: error }, "a request failed");
      // Anybody can cause refusals, as many as they like, so each gets a short line.
      else request.log.info({ statusCode, why: error.message }, "a request was refused");
      const message =
        error instanceof Refusal
          ? error.message
          : (sentences[statusCode] ?? "Something went wrong; the log says what.");
      return reply.code(statusCode).send({ statusCode, error: STATUS_CODES[statusCode], message });
    });
    app.setNotFoundHandler((_request, reply) =>
      reply
        .code(404)
        .send({ statusCode: 404, error: "Not Found", message: "There is nothing here." }),
    );
  },
  { name: "errors" },
);
