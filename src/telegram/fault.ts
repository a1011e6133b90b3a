import { GrammyError } from "grammy/web";
import { isTokenRefused } from "./api.ts";

/**
 * What is wrong between us and Telegram. `token`: it knows no bot of this token. `name`: a host's name is
 * not known. `certificate`: a certificate or TLS itself. `port`: nothing listens on a port, or Telegram
 * serves no such port. `unreachable`: no answer, or not the Bot API's. `refused`: any other refusal.
 */
export type FaultKind = "token" | "name" | "certificate" | "port" | "unreachable" | "refused";

/** The cause of a failed call, fit for `/readyz`, the log and a terminal. */
export interface TelegramFault {
  kind: FaultKind;
  /** What is wrong and what to do, in one line without secrets. */
  message: string;
  /** Whether the same call fails until a setting is changed, so that there is no use in repeating it. */
  isFinal: boolean;
}

const tokenRefused = "Telegram refuses the token; correct TELEGRAM_BOT_TOKEN and restart.";

// Codes of Node's TLS: CERT_HAS_EXPIRED, ERR_TLS_CERT_ALTNAME_INVALID, UNABLE_TO_VERIFY_LEAF_SIGNATURE, …
const tlsCode = /CERT|^ERR_(TLS|SSL)|SIGNATURE|^EPROTO$/;
const nameCode = /^(ENOTFOUND|EAI_)/;

/**
 * The true cause of a Bot API call that failed, by the error that it threw (grammY's, fetch's or the
 * system's; an `AggregateError` of several addresses too).
 */
export function telegramFault(error: unknown): TelegramFault {
  if (isTokenRefused(error)) return { kind: "token", message: tokenRefused, isFinal: true };
  if (error instanceof GrammyError) return answered(error);
  const causes = causesOf(error);
  const found = (test: (code: string) => boolean) => causes.find(({ code }) => test(code));
  const unknownName = found((code) => nameCode.test(code));
  if (unknownName) {
    const host = unknownName.hostname ?? "the Bot API's host";
    const message = `The name ${host} is not found: check this machine's DNS and network, or TELEGRAM_API_ROOT.`;
    return { kind: "name", message, isFinal: false };
  }
  const tls = found((code) => tlsCode.test(code));
  if (tls) {
    const message = `The certificate of the Bot API is not accepted (${tls.code}): check this machine's clock, its ca-certificates and any proxy in between.`;
    return { kind: "certificate", message, isFinal: false };
  }
  const closed = found((code) => code === "ECONNREFUSED");
  if (closed) {
    const where = closed.port === undefined ? "at the Bot API's port" : `on ${placeOf(closed)}`;
    const message = `Nothing listens ${where}: check TELEGRAM_API_ROOT, or this machine's firewall.`;
    return { kind: "port", message, isFinal: false };
  }
  const reason = causes.map(({ code }) => code).filter((code) => code !== "")[0] ?? "no answer";
  const message = `Telegram does not answer (${reason}): check this machine's network, or TELEGRAM_API_ROOT.`;
  return { kind: "unreachable", message, isFinal: false };
}

/**
 * The same for what Telegram says about the webhook: the description of a refused `setWebhook`, or
 * `last_error_message` of `getWebhookInfo`. `message` quotes Telegram, without any address.
 */
export function webhookFault(said: string): TelegramFault {
  const of = (kind: FaultKind, what: string): TelegramFault => ({
    kind,
    message: `Telegram does not reach the webhook${said === "" ? "" : ` (${shortened(said)})`}: ${what}`,
    isFinal: false,
  });
  if (/resolve host|getaddrinfo/i.test(said)) {
    return of("name", "check the name in PUBLIC_URL and its DNS record.");
  }
  if (/ssl|certificate/i.test(said)) {
    return of(
      "certificate",
      "check the certificate of PUBLIC_URL; Caddy's log says why it has none.",
    );
  }
  if (/only on ports/i.test(said)) {
    return of("port", "PUBLIC_URL may have only the port 80, 88, 443 or 8443.");
  }
  if (/refused|timed? ?out|unreachable/i.test(said)) {
    return of("port", "open the port of PUBLIC_URL in the firewall, and check that Caddy runs.");
  }
  const status = /wrong response from the webhook: (\d+)/i.exec(said)?.[1];
  if (status === "502" || status === "503" || status === "504") {
    return of(
      "port",
      "the proxy does not reach Switchboard: compare its upstream with HOST and PORT.",
    );
  }
  if (status === "401") {
    return of("refused", "PUBLIC_URL leads to another program, or one has changed the webhook.");
  }
  if (status !== undefined) {
    return of(
      "refused",
      "check that PUBLIC_URL leads to this Switchboard and that its proxy forwards /telegram/webhook.",
    );
  }
  return of("refused", "check PUBLIC_URL.");
}

function answered({ error_code: status, description }: GrammyError): TelegramFault {
  if (/webhook|url/i.test(description)) return webhookFault(description);
  if (status >= 500 || status === 429) {
    const message = `Telegram cannot answer now (${status}); Switchboard tries again by itself.`;
    return { kind: "unreachable", message, isFinal: false };
  }
  const message = `Telegram refuses the request (${status} ${shortened(description)}); if that stays, please report it.`;
  return { kind: "refused", message, isFinal: false };
}

/** A text of another program may be long, and may hold an address with a key in it. */
function shortened(text: string): string {
  const line = text.replaceAll(/\s+/g, " ").replaceAll(/https?:\/\/\S+/g, "…");
  return line.length > 120 ? `${line.slice(0, 119)}…` : line;
}

interface Cause {
  code: string;
  hostname: string | undefined;
  address: string | undefined;
  port: number | undefined;
}

function placeOf({ address = "", port }: Cause): string {
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}

/** An error and its causes, the outermost first. grammY keeps the error of fetch in `error`. */
function causesOf(thrown: unknown, depth = 0): Cause[] {
  if (!(thrown instanceof Error) || depth > 8) return [];
  const error = thrown as NodeJS.ErrnoException & { [key in "hostname" | "address"]?: unknown } & {
    port?: unknown;
    error?: unknown;
    errors?: unknown;
  };
  const text = (value: unknown) => (typeof value === "string" ? value : undefined);
  const own: Cause = {
    code: text(error.code) ?? "",
    hostname: text(error.hostname),
    address: text(error.address),
    port: typeof error.port === "number" ? error.port : undefined,
  };
  const inner = Array.isArray(error.errors)
    ? (error.errors as unknown[])
    : [error.cause, error.error];
  return [own, ...inner.flatMap((cause) => causesOf(cause, depth + 1))];
}
