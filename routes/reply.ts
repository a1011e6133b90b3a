import multipart from "@fastify/multipart";
import type { FastifyPluginAsyncTypebox, Static } from "@fastify/type-provider-typebox";
import type { FastifyRequest } from "fastify";
import { Refusal } from "../src/errors.ts";
import type { ByteBound } from "../src/outbox/byte-bound.ts";
import { type KeptFile, maxFileBytes } from "../src/outbox/kept-files.ts";
import { bodyText } from "../src/replies/body-text.ts";
import { repeatsField } from "../src/replies/json-fields.ts";
import { requestBound } from "../src/replies/reply-files.ts";
import { maxTextBytes, readForm } from "../src/replies/reply-form.ts";
import { digestOf, keyOf, type Said } from "../src/replies/said.ts";

const waitMs = 25_000;
const maxFiles = 20;

const common = {
  agent: { type: "string", maxLength: 64 },
  session: { type: "string", maxLength: 128 },
  call: { type: "string", maxLength: 128 },
  format: {
    enum: ["markdown", "text"],
    description: "How the text is meant: Markdown, which is shown formatted, unless it says text.",
  },
  silent: { type: "boolean" },
  wait: { type: "boolean" },
} as const;
const Settings = { type: "object", properties: common } as const;
const paths = {
  type: "array",
  items: { type: "string", minLength: 1 },
  maxItems: maxFiles,
} as const;
const Json = {
  type: "object",
  properties: {
    ...common,
    text: { type: "string" },
    files: paths,
    photos: paths,
    buttons: { type: "array", items: { type: "string" } },
  },
} as const;
const Headers = {
  type: "object",
  properties: { "idempotency-key": { type: "string", pattern: "^[\\x21-\\x7e]{8,128}$" } },
} as const;

/** `POST /reply`: what the agent says to the operator, as JSON, as plain text, or with files. */
const reply: FastifyPluginAsyncTypebox = async (app) => {
  app.addHook("onRequest", app.requireLocal);
  app.addHook("onRequest", app.requireCaller);
  app.addContentTypeParser<Buffer>(
    "text/plain",
    { parseAs: "buffer" },
    async ({ headers }: FastifyRequest, body: Buffer) => bodyText(body, headers),
  );
  const parseJson = app.getDefaultJsonParser("error", "error");
  app.addContentTypeParser<Buffer>(
    "application/json",
    { parseAs: "buffer" },
    (request, body, done) => {
      try {
        const text = bodyText(body, request.headers);
        if (repeatsField(text)) throw twice();
        void parseJson(request, text, done);
      } catch (error) {
        done(error as Error);
      }
    },
  );
  // One byte more than a file may have, for a file that is cut off must not pass for a whole one.
  const limits = {
    fileSize: maxFileBytes + 1,
    fieldSize: maxTextBytes,
    files: maxFiles,
    fields: 20,
  };
  await app.register(multipart, { limits });

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
      const bound = requestBound();
      const said = await read(request, files, bound);
      const { settings, text, buttons } = said;
      const { format, silent = false, wait = false } = settings;
      const { "idempotency-key": key } = request.headers as Static<typeof Headers>;
      const idempotencyKey = keyOf(request.caller, key);
      const digest = digestOf(said);
      const before = await app.replies.earlier({ idempotencyKey, digest });
      if (before !== undefined) return { id: before, wait };
      const { agent: named, session, call } = settings;
      const speaker = await app.replies.speaker(request.caller, { agent: named, session });
      const agent = speaker?.name;
      const directory = agent && (await app.agents.get(agent))?.directory;
      for (const [index, file] of said.files.entries()) {
        if (typeof file !== "string") continue;
        const isShown = said.photos?.includes(index) ?? false;
        files.push({ ...(await app.replyFiles.keep(file, directory, bound)), isShown });
      }
      const { id, isNew } = await app.replies.accept(agent, {
        text,
        format,
        files,
        buttons,
        silent,
        idempotencyKey,
        digest,
        speakerId: speaker?.id,
        session,
        call,
        isProgram: request.caller?.kind !== "agent",
      });
      isOwed = isNew;
      return { id, wait };
    } finally {
      if (!isOwed) for (const { path } of files) await app.keptFiles.drop(path);
    }
  }

  async function read(
    request: FastifyRequest,
    copies: KeptFile[],
    bound: ByteBound,
  ): Promise<Said<Static<typeof Settings>>> {
    const query = request.query as Static<typeof Settings>;
    onlyKnown(query, common);
    if (request.isMultipart()) {
      const { "content-type": type } = request.headers;
      const options = { keptFiles: app.keptFiles, bound, copies };
      return { settings: query, ...(await readForm(type, () => request.parts(), options)) };
    }
    const body = request.body as string | Static<typeof Json> | undefined;
    if (body === undefined) throw new Refusal(400, "There is neither text nor a file in it.");
    if (typeof body === "string") return { settings: query, text: body, files: [] };
    onlyKnown(body, Json.properties);
    const { text = "", files = [], photos = [], buttons, ...settings } = body;
    if (Object.keys(settings).some((name) => name in query)) throw twice();
    if (photos.length + files.length > maxFiles) throw tooMany();
    return {
      settings: { ...query, ...settings },
      text,
      files: [...photos, ...files],
      photos: photos.map((_, index) => index),
      buttons,
    };
  }
};

function onlyKnown(given: object, known: object): void {
  if (Object.keys(given).every((name) => Object.hasOwn(known, name))) return;
  throw new Refusal(400, "A field of the request is not known. See the README for those that are.");
}

function tooMany(): Refusal {
  return new Refusal(400, "A message has at most 20 files. Send the rest in another one.");
}

function twice(): Refusal {
  return new Refusal(400, "A field is given twice.");
}

export default reply;
