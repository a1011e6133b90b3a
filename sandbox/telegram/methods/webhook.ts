import { badRequest, conflict } from "../refusal.ts";
import { allUpdates } from "../updates.ts";
import { Described, type Handlers } from "../world.ts";

/** Methods that say where updates go. */
export const webhookMethods = {
  setWebhook(world, { url, secret_token, max_connections, allowed_updates, drop_pending_updates }) {
    const drop = drop_pending_updates ?? false;
    if (url === "") return deleted(world.sender.delete(drop));
    checkWebhook(url, secret_token);
    const webhook = { url, secret: secret_token, maxConnections: max_connections ?? 40 };
    const allowed = allowed_updates?.filter(isKind);
    const same = world.sender.set(webhook, allowed, drop);
    return new Described(true, same ? "Webhook is already set" : "Webhook was set");
  },
  deleteWebhook: (world, { drop_pending_updates }) =>
    deleted(world.sender.delete(drop_pending_updates ?? false)),
  getWebhookInfo: (world) => world.sender.info(),
  /** What waits now; `LongPoll` waits for more. */
  getUpdates(world, { offset = 0, limit = 100, allowed_updates }) {
    if (world.sender.isSet) throw conflict(webhookIsActive);
    const waiting = world.sender.pull(offset, allowed_updates?.filter(isKind));
    return offset < 0 ? waiting.slice(offset).slice(0, limit) : waiting.slice(0, limit);
  },
} satisfies Partial<Handlers>;

const isKind = (name: string) => allUpdates.some((kind) => kind === name);

const webhookIsActive =
  "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first";

const deleted = (none: boolean) =>
  new Described(true as const, none ? "Webhook is already deleted" : "Webhook was deleted");

/** Loopback may use http and any port; everything else follows Telegram's rules. */
function checkWebhook(url: string, secret: string | undefined) {
  const parsed = URL.parse(url);
  if (!parsed) throw badRequest("bad webhook: invalid webhook URL specified");
  const loopback = /^(localhost|127(\.\d+){3}|\[::1\])$/.test(parsed.hostname);
  if (parsed.protocol !== "https:" && !(loopback && parsed.protocol === "http:")) {
    throw badRequest("bad webhook: An HTTPS URL must be provided for webhook");
  }
  if (!loopback && !["", "80", "88", "8443"].includes(parsed.port)) {
    throw badRequest("bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443");
  }
  if (secret !== undefined && secret.length > 256) throw badRequest("secret token is too long");
  if (secret !== undefined && !/^[\w-]*$/.test(secret)) {
    throw badRequest("secret token contains unallowed characters");
  }
}
