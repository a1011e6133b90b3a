import type { IncomingMessage } from "node:http";
import type { TObject } from "typebox";
import { Compile } from "typebox/compile";
import { parseMultipart, type Form, type UploadedFile } from "./multipart.ts";
import { badRequest, Refusal } from "./refusal.ts";
import { schemas, type Method, type Payload } from "./schemas.ts";

const maxBody = 50 * 1024 * 1024;
/** TDLib's HttpReader refuses more than 1 MiB of parameters that are not files. */
const maxParameters = 1024 * 1024;

/** The parameters of a call as they arrived, before they are checked. */
export interface RawCall {
  payload: Record<string, unknown>;
  files: Map<string, UploadedFile>;
}

/** Whether the sandbox has a method of this name. */
export const isMethod = (name: string): name is Method => Object.hasOwn(schemas, name);

/**
 * Reads the whole request: query, then JSON, urlencoded or multipart body. Form values that are
 * not strings by the method's schema are read as JSON, as the Bot API does. Throws a `Refusal`.
 */
export async function readCall(request: IncomingMessage, method: string): Promise<RawCall> {
  const body = await readBody(request);
  const type = request.headers["content-type"] ?? "";
  const query = fields(new URL(request.url ?? "/", "http://sandbox").searchParams);
  if (!type.startsWith("multipart/") && body.length > maxParameters) throw tooLarge();
  if (type.startsWith("application/json")) {
    return { payload: { ...typed(query, method), ...json(body) }, files: new Map() };
  }
  const form = type.startsWith("multipart/form-data")
    ? multipart(body, type)
    : { fields: fields(new URLSearchParams(body.toString())), files: new Map() };
  const size = Object.values(form.fields).reduce((sum, value) => sum + value.length, 0);
  if (size > maxParameters) throw tooLarge();
  const direct = Object.fromEntries(
    [...form.files.keys()].map((name) => [name, `attach://${name}`]),
  );
  const known = Object.fromEntries(
    Object.entries(direct).filter(([name]) => Object.hasOwn(propertiesOf(method), name)),
  );
  return {
    payload: { ...typed({ ...query, ...form.fields }, method), ...known },
    files: form.files,
  };
}

const compiled = new Map<Method, ReturnType<typeof Compile>>();

/** The payload as the method's parameters. Throws a `Refusal` that names what is wrong where. */
export function checked<M extends Method>(method: M, payload: unknown): Payload<M> {
  const validator = compiled.get(method) ?? Compile(schemas[method] as TObject);
  compiled.set(method, validator);
  if (validator.Check(payload)) return payload as Payload<M>;
  const problems = validator
    .Errors(payload)
    .filter((error) => error.keyword !== "boolean" && error.keyword !== "anyOf")
    .slice(0, 6)
    .map(problem);
  throw badRequest(`${method} does not fit the Bot API: ${[...new Set(problems)].join("; ")}`);
}

function problem(error: ReturnType<ReturnType<typeof Compile>["Errors"]>[number]): string {
  const where = error.instancePath || "parameters";
  if (error.keyword !== "additionalProperties") return `${where} ${error.message}`;
  return `${where} must not have ${error.params.additionalProperties.join(", ")}`;
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= maxBody) chunks.push(chunk);
  }
  if (size > maxBody) throw tooLarge();
  return Buffer.concat(chunks);
}

const tooLarge = () => new Refusal(413, "Request Entity Too Large");
const fields = (params: URLSearchParams): Record<string, string> => Object.fromEntries(params);

function json(body: Buffer): Record<string, unknown> {
  if (body.length === 0) return {};
  const value = parsed(body.toString());
  if (typeof value === "object" && value !== null) return value as Record<string, unknown>;
  throw badRequest("can't parse request JSON object");
}

function multipart(body: Buffer, type: string): Form {
  const boundary = /boundary="?([^";]+)"?/.exec(type)?.[1];
  if (!boundary) throw badRequest("boundary is not found in the Content-Type header");
  try {
    return parseMultipart(body, boundary);
  } catch (error) {
    throw badRequest((error as Error).message);
  }
}

function propertiesOf(method: string): Record<string, { type?: string }> {
  return isMethod(method) ? (schemas[method].properties as Record<string, { type?: string }>) : {};
}

function typed(form: Record<string, string>, method: string): Record<string, unknown> {
  const properties = propertiesOf(method);
  return Object.fromEntries(
    Object.entries(form).map(([key, value]) => {
      const isText = !properties[key] || properties[key].type === "string";
      return [key, isText ? value : (parsed(value) ?? value)];
    }),
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
