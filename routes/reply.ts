import { createWriteStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import multipart from "@fastify/multipart";
import type { FastifyPluginAsyncTypebox, Static } from "@fastify/type-provider-typebox";
import type { FastifyRequest } from "fastify";
import { Refusal } from "../src/errors.ts";
import type { KeptFile } from "../src/outbox/kept-files.ts";
import { maxFileBytes } from "../src/replies/reply-files.ts";

const waitMs = 25_000;

const common = {
  agent: { type: "string", maxLength: 64 },
  session: { type: "string", maxLength: 128 },
  call: { type: "string", maxLength: 128 },
  format: {
    enum: ["markdown", "text"],
    description: "Accepted and not used yet: Markdown is sent as the plain text it is.",
  },
  silent: { type: "boolean" },
  wait: { type: "boolean" },
} as const;
const Settings = { type: "object", properties: common } as const;
const Json = {
  type: "object",
  properties: {
    ...common,
    text: { type: "string" },
    files: { type: "array", items: { type: "string", minLength: 1 }, maxItems: 20 },
  },
} as const;
const Headers = {
  type: "object",
  properties: { "idempotency-key": { type: "string", pattern: "^[\\x21-\\x7e]{8,128}$" } },
} as const;

/** The content of a request, whatever its content type; uploaded files are stored on the way. */
interface Said {
  settings: Static<typeof Settings>;
  text: string;
  paths: string[];
}

/** `POST /reply`: what the agent says to the operator, as JSON, as plain text, or with files. */
const reply: FastifyPluginAsyncTypebox = async (app) => {
  app.addHook("onRequest", app.requireLocal);
  app.addHook("onRequest", app.requireReplyToken);
  app.addContentTypeParser("text/plain", { parseAs: "string" }, (_request, body, done) =>
    done(null, body),
  );
  await app.register(multipart, { limits: { fileSize: maxFileBytes, files: 20, fields: 10 } });

  app.post(
    "/reply",
    {
      schema: {
        querystring: Settings,
        headers: Headers,
        body: { anyOf: [{ type: "string" }, Json] },
      },
    },
    async (request, response) => {
      const { id, wait } = await take(request);
      if (!wait) return response.code(202).send({ id, state: "accepted" });

      const ended = await app.outbox.replyEnded(id, AbortSignal.timeout(waitMs));
      if (ended.state === "failed") throw new Refusal(502, "Telegram refused the message.");
      if (ended.state === "pending")
        throw new Refusal(504, "It is kept, and Telegram has yet to take it.");
      return { id, state: ended.state, message_ids: ended.messageIds };
    },
  );

  /** Accepts a reply. The copies of its files are removed again unless the outbox needs them now. */
  async function take(request: FastifyRequest): Promise<{ id: string; wait: boolean }> {
    const files: KeptFile[] = [];
    let isOwed = false;
    try {
      const { settings, text, paths } = await read(request, files);
      const { silent = false, wait = false } = settings;
      const agent = await app.replies.speaker({ agent: settings.agent, session: settings.session });
      const directory = agent && (await app.agents.get(agent))?.directory;
      for (const path of paths) files.push(await app.replyFiles.keep(path, directory));
      const { "idempotency-key": idempotencyKey } = request.headers as Static<typeof Headers>;
      const { id, isNew } = await app.replies.accept(agent, {
        text,
        files,
        silent,
        idempotencyKey,
        session: settings.session,
        call: settings.call,
      });
      isOwed = isNew;
      return { id, wait };
    } finally {
      if (!isOwed) for (const { path } of files) await app.keptFiles.drop(path);
    }
  }

  async function read(request: FastifyRequest, uploads: KeptFile[]): Promise<Said> {
    const query = request.query as Static<typeof Settings>;
    if (request.isMultipart()) return readMultipart(request, query, uploads);
    const body = request.body as string | Static<typeof Json> | undefined;
    if (body === undefined) throw new Refusal(400, "There is neither text nor a file in it.");
    if (typeof body === "string") return { settings: query, text: body, paths: [] };
    const { text = "", files = [], ...settings } = body;
    return { settings: { ...query, ...settings }, text, paths: files };
  }

  async function readMultipart(
    request: FastifyRequest,
    query: Static<typeof Settings>,
    uploads: KeptFile[],
  ): Promise<Said> {
    const said: Said = { settings: query, text: "", paths: [] };
    for await (const part of request.parts()) {
      if (part.type === "field") {
        if (part.fieldname === "text" && typeof part.value === "string") said.text = part.value;
        continue;
      }
      const kept = await app.keptFiles.place(part.filename ?? "file");
      uploads.push(kept);
      await pipeline(part.file, createWriteStream(kept.path, { mode: 0o600 }));
      if (part.file.truncated) throw new Refusal(413, "A file is larger than 50 MB.");
      await app.keptFiles.flush(kept);
      kept.bytes = part.file.bytesRead;
    }
    return said;
  }
};

export default reply;
