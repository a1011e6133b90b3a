/** The one path that Caddy forwards. */
export const webhookPath = "/telegram/webhook";

/** What only programs on this machine may reach, and what is not there. */
export const routes = [
  "/reply",
  "/messages",
  "/metrics",
  "/ask",
  "/agent-token",
  "/healthz",
  "/readyz",
  "/telegram",
  "/",
  "/anything",
];

/** The ways in which a path may be meant as another one. */
export const disguises = (path: string): string[] => [
  path,
  path.toUpperCase(),
  `/${path}`,
  `/.${path}`,
  `/%2e${path}`,
  `/%2F${path}`,
  `${path}/`,
  `${path}%20`,
  `${path}%00`,
  `${path};a=b`,
  `${path}?${webhookPath}`,
  `${path}#${webhookPath}`,
  `${path}?/../..${webhookPath}`,
  `${webhookPath}/..${path}`,
  `${webhookPath}/../..${path}`,
  `${webhookPath}/%2e%2e${path}`,
  `${webhookPath}/%2e%2e/%2E%2E${path}`,
  `${webhookPath}/..;${path}`,
  `${webhookPath}/..;a=b/..;${path}`,
  `${webhookPath};/..${path}`,
  `${webhookPath}%2f..%2f..${path}`,
  `${webhookPath}/..%5c..${path}`,
  `${webhookPath}\\..\\..${path}`,
  `${webhookPath}%0d%0aGET%20${path}`,
  `http://127.0.0.1:8787${path}`,
  `https://bot.example.test${path}`,
];

/** Paths that a tidying server would take for the webhook's. */
export const nearWebhook = [
  "/Telegram/Webhook",
  "/telegram/webhook/",
  "//telegram/webhook",
  "/telegram//webhook",
  "/telegram/./webhook",
  "/telegram/x/../webhook",
  "/reply/../telegram/webhook",
  "/telegram/%77ebhook",
  "/telegram%2fwebhook",
  "/telegram/webhook?",
  "/telegram/webhook?agent=x",
  "/telegram/webhook;a=b",
  "/telegram/webhook%3f",
  "/telegram/webhook%20",
  "/telegram/webhook.json",
  "/telegram\\webhook",
];
