import { createHash } from "node:crypto";
import type { Credentials, ProjectConfig } from "./server-env.ts";

/** With what an opencode server is started, as far as it matters to the terminals that show it. */
export interface ServerStart {
  projectConfig: ProjectConfig;
  /** Tells one login from another. */
  login: string;
}

/** Keeps with what the running server was started; it outlives this process. */
export interface StartRecord {
  read(): Promise<ServerStart | undefined>;
  write(start: ServerStart): Promise<void>;
}

/** The place in which a record is kept as text. */
export interface TextPlace {
  get(key: string): Promise<string | undefined>;
  set(key: string, value: string): Promise<void>;
}

const key = "opencode server";

/** A server's start with these settings. */
export function serverStart(projectConfig: ProjectConfig, login: Credentials): ServerStart {
  const digest = createHash("sha256").update(`${login.username}:${login.password}`).digest("hex");
  return { projectConfig, login: digest.slice(0, 16) };
}

/** The record in a store of settings. */
export function startRecord(settings: TextPlace): StartRecord {
  return {
    read: async () => {
      const text = await settings.get(key);
      return text === undefined ? undefined : (JSON.parse(text) as ServerStart);
    },
    write: (start) => settings.set(key, JSON.stringify(start)),
  };
}
