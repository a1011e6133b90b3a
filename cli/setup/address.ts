import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import { isLoopbackUrl } from "../../src/config.ts";
import { type Flags, settingProblem } from "./flags.ts";
import { Cancelled, checked, type Prompts, SetupError } from "./prompts.ts";

/** How updates arrive. `publicUrl` is undefined with `pull`. */
export interface Address {
  receive: "webhook" | "pull";
  publicUrl: string | undefined;
}

/** What asking for the address needs. */
export interface AddressOptions {
  prompts: Prompts;
  flags: Pick<Flags, "receive" | "publicUrl">;
  /** What `.env` holds; empty strings count as nothing. */
  before: { receive: string | undefined; publicUrl: string | undefined };
  apiRoot: string;
  /** For tests; else the system's. Rejects for a name that does not resolve. */
  resolve?: (name: string) => Promise<unknown>;
}

/** Where Telegram reaches this machine, or that it cannot. @throws SetupError for flags that contradict. */
export async function askForAddress(options: AddressOptions): Promise<Address> {
  const { flags, prompts, before } = options;
  if (flags.receive === "pull") {
    if (flags.publicUrl === undefined) return { receive: "pull", publicUrl: undefined };
    throw new SetupError("--public-url has no meaning with --receive pull; leave one of them out.");
  }
  const isWebhook =
    flags.publicUrl !== undefined ||
    flags.receive === "webhook" ||
    (await isReached(prompts, before));
  if (!isWebhook) return { receive: "pull", publicUrl: undefined };
  const publicUrl = await askForUrl(options);
  await warnOfUnknownName(options, publicUrl);
  return { receive: "webhook", publicUrl };
}

async function isReached(prompts: Prompts, before: AddressOptions["before"]): Promise<boolean> {
  if (!prompts.isInteractive && !before.publicUrl && before.receive !== "pull") {
    throw new SetupError(
      "How updates arrive is missing: give --public-url with this machine's address, or --receive pull if it has none.",
    );
  }
  const answer = await prompts.choose({
    flag: "--receive",
    message: "Does this machine have a public address?",
    needsPerson: !before.publicUrl && before.receive !== "pull",
    initial: before.receive === "pull" ? "pull" : "webhook",
    options: [
      {
        value: "webhook",
        label: "Yes, a domain name leads to it",
        hint: "Telegram sends updates here",
      },
      {
        value: "pull",
        label: "No, it is a laptop or behind a router",
        hint: "it fetches updates",
      },
    ],
  });
  return answer === "webhook";
}

async function askForUrl({ flags, prompts, before, apiRoot }: AddressOptions): Promise<string> {
  const check = (answer: string) => addressProblem(withScheme(answer), apiRoot);
  const question = { flag: "--public-url", message: "Which domain name?", check };
  if (flags.publicUrl !== undefined) return withScheme(checked(question, flags.publicUrl));
  const initial = before.publicUrl || undefined;
  return withScheme(await prompts.text({ ...question, initial, placeholder: "bot.example.com" }));
}

/** `bot.example.com` as `https://bot.example.com`, without a slash at its end. */
export function withScheme(answer: string): string {
  return (answer.includes("://") ? answer : `https://${answer}`).replace(/\/+$/, "");
}

/** Why Telegram could not reach that address; undefined when it might. */
export function addressProblem(url: string, apiRoot: string): string | undefined {
  const parsed = URL.parse(url);
  if (!parsed) return "This must be a domain name, like bot.example.com.";
  const problem = settingProblem("PUBLIC_URL", url);
  if (problem !== undefined) return problem;
  // A Bot API server on this machine reaches it by any address.
  if (isLoopbackUrl(apiRoot)) return undefined;
  if (parsed.protocol !== "https:") return "Telegram needs an address that begins with https://.";
  const name = parsed.hostname.replace(/^\[|\]$/g, "");
  if (isIP(name) !== 0 || !name.includes(".")) {
    return "This must be a domain name that leads here; an IP address gets no certificate.";
  }
  // Anything else would be read by a shell, sed or Caddy, and no certificate is given for it.
  if (!/^[a-z0-9._-]+$/.test(name))
    return "A domain name has letters, digits, dots and hyphens only.";
  const isPortServed = ["", "80", "88", "8443"].includes(parsed.port);
  return isPortServed ? undefined : "Telegram reaches only the ports 443, 80, 88 and 8443.";
}

async function warnOfUnknownName(
  { prompts, resolve = lookup }: AddressOptions,
  url: string,
): Promise<void> {
  const { hostname } = new URL(url);
  const name = hostname.replace(/^\[|\]$/g, "");
  try {
    await prompts.wait(`Looking up ${name} …`, () => resolve(name));
  } catch (error) {
    if (error instanceof Cancelled) throw error;
    prompts.warn(
      `${hostname} does not resolve yet; add a DNS record that points it to this machine.`,
    );
  }
}
