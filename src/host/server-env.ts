/** The login of the opencode server; without a password the server is open. */
export interface Credentials {
  username: string;
  password: string | undefined;
}

/** The server's user name and password, for a program that talks to it or is it. */
export function passwordEnv({ username, password }: Credentials): Record<string, string> {
  if (password === undefined) return {};
  return { OPENCODE_SERVER_USERNAME: username, OPENCODE_SERVER_PASSWORD: password };
}

/** Whether what a project brings decides with the operator's settings, or is left out. */
export type ProjectConfig = "trust" | "ignore";

/** What makes opencode, as a server or as a terminal, leave out what a project brings. */
export function projectEnv(projectConfig: ProjectConfig): Record<string, string> {
  return projectConfig === "ignore" ? { OPENCODE_DISABLE_PROJECT_CONFIG: "1" } : {};
}
