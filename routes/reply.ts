import { createWriteStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import multipart from "@fastify/multipart";
import { type FastifyPluginAsyncTypebox, type Static, Type } from "@fastify/type-provider-typebox";
import type { FastifyRequest } from "fastify";
import { type KeptFile, maxFileBytes } from "../src/agents/reply-files.ts";
import { Refusal } from "../src/errors.ts";

const waitMs = 25_000;

const Settings = Type.Object({
  agent: Type.Optional(Type.String({ maxLength: 64 })),
  session: Type.Optional(Type.String({ maxLength: 128 })),
  format: Type.Optional(Type.Enum(["markdown", "text"])),
  silent: Type.Optional(Type.Boolean()),
  wait: Type.Optional(Type.Boolean()),
});
const Json = Type.Object({
  ...Settings.properties,
  text: Type.Optional(Type.String()),
  files: Type.Optional(Type.Array(Type.String({ minLength: 1 }), { maxItems: 20 })),
});
const Headers = Type.Object({
  "idempotency-key": Type.Optional(Type.String({ pattern: "^[\\x21-\\x7e]{8,128}$" })),
});

/** What a request says, whatever its content type. */
interface Said {
  settings: Static<typeof Settings>;
  text: string;
  paths: string[];
  uploads: KeptFile[];
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
        body: Type.Optional(Type.Union([Type.String(), Json])),
      },
    },
    async (request, response) => {
      const said = await read(request);
      const { agent: name, session, silent = false, wait = false } = said.settings;
      const agent = await app.replies.speaker({ agent: name, session });
      const directory = agent && (await app.parts.agents.get(agent))?.directory;
      const files = [...said.uploads];
      for (const path of said.paths) files.push(await app.replyFiles.keep(path, directory));
      if (said.text.trim() === "" && files.length === 0) {
        throw new Refusal(400, "There is neither text nor a file in it.");
      }
      const id = await app.replies.accept(agent, {
        text: said.text,
        files,
        silent,
        idempotencyKey: request.headers["idempotency-key"],
      });
      if (!wait) return response.code(202).send({ id, state: "accepted" });

      const ended = await app.outbox.replyEnded(id, AbortSignal.timeout(waitMs));
      if (ended.state === "failed") throw new Refusal(502, "Telegram refused the message.");
      if (ended.state === "pending")
        throw new Refusal(504, "It is kept, and Telegram has yet to take it.");
      return { id, state: ended.state, message_ids: ended.messageIds };
    },
  );

  async function read(request: FastifyRequest): Promise<Said> {
    const query = request.query as Static<typeof Settings>;
    if (request.isMultipart()) return readMultipart(request, query);
    const body = request.body as string | Static<typeof Json> | undefined;
    if (body === undefined) throw new Refusal(400, "There is neither text nor a file in it.");
    if (typeof body === "string") return { settings: query, text: body, paths: [], uploads: [] };
    const { text = "", files = [], ...settings } = body;
    return { settings: { ...query, ...settings }, text, paths: files, uploads: [] };
  }

  async function readMultipart(
    request: FastifyRequest,
    query: Static<typeof Settings>,
  ): Promise<Said> {
    const said: Said = { settings: query, text: "", paths: [], uploads: [] };
    for await (const part of request.parts()) {
      if (part.type === "field") {
        if (part.fieldname === "text" && typeof part.value === "string") said.text = part.value;
        continue;
      }
      const kept = await app.replyFiles.place(part.filename ?? "file");
      await pipeline(part.file, createWriteStream(kept.path, { mode: 0o600 }));
      if (part.file.truncated) throw new Refusal(413, "A file is larger than 50 MB.");
      said.uploads.push(kept);
    }
    return said;
  }
};

export default reply;
