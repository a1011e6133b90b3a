import { badRequest } from "../refusal.ts";
import { allUpdates } from "../updates.ts";
import { Described, type Handlers } from "../world.ts";

/** Methods that say where updates go. */
export const webhookMethods = {
  setWebhook(world, { url, secret_token, max_connections, allowed_updates, drop_pending_updates }) {
    const drop = drop_pending_updates ?? false;
    if (url === "") return deleted(world.sender.delete(drop));
    checkWebhook(url, secret_token);
    const webhook = { url, secret: secret_token, maxConnections: max_connections ?? 40 };
    const allowed = allowed_updates?.filter((name) => allUpdates.some((kind) => kind === name));
    const same = world.sender.set(webhook, allowed, drop);
    return new Described(true, same ? "Webhook is already set" : "Webhook was set");
  },
  deleteWebhook: (world, { drop_pending_updates }) =>
    deleted(world.sender.delete(drop_pending_updates ?? false)),
  getWebhookInfo: (world) => world.sender.info(),
} satisfies Partial<Handlers>;

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
