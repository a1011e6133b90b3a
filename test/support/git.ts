import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Test } from "tap";
import type { GitSettings } from "../../src/projects/git.ts";
import { Projects } from "../../src/projects/projects.ts";
import { keptLog, tempDir } from "./app.ts";

/** Why tests with git cannot run here; false when they can. In CI they always must. */
export function gitMissing(): string | false {
  if (process.env["CI"]) return false;
  try {
    execFileSync("git", ["--version"]);
    return false;
  } catch {
    return "git is not installed";
  }
}

/** The environment of a git that has the settings of `dir/gitconfig` alone. */
export function gitEnv(dir: string): Record<string, string> {
  return {
    PATH: process.env["PATH"] ?? "",
    HOME: dir,
    GIT_CONFIG_GLOBAL: join(dir, "gitconfig"),
    GIT_CONFIG_NOSYSTEM: "1",
  };
}

/** Runs git in a folder as a person would, and returns what it prints. */
export function git(directory: string, ...words: string[]): string {
  const author = ["-c", "user.name=Test", "-c", "user.email=test@example.com"];
  const env = gitEnv(join(directory, ".."));
  return execFileSync("git", [...author, ...words], { cwd: directory, env, stdio: "pipe" })
    .toString()
    .trim();
}

/** Makes a repository with one commit on `main`, in which `file` says `one`. */
export function repository(directory: string): string {
  mkdirSync(directory, { recursive: true });
  git(directory, "init", "--quiet", "--initial-branch=main");
  writeFileSync(join(directory, "file"), "one\n");
  git(directory, "add", ".");
  git(directory, "commit", "--quiet", "--message=one");
  return directory;
}

/** Writes a program of a name into a folder. */
export function program(folder: string, name: string, script: string): string {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, name);
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  return path;
}

/** Projects in a folder of the test's own, next to a data folder and a checkout, with what they log. */
export function projectsIn(t: Test, settings: Partial<GitSettings> = {}) {
  const dir = tempDir(t);
  const workspaceDir = join(dir, "work");
  const own = {
    dataDir: join(dir, "data"),
    checkoutDir: join(dir, "switchboard"),
    envFiles: [join(dir, "settings", ".env")],
  };
  for (const folder of [workspaceDir, own.dataDir, own.checkoutDir, join(dir, "settings")]) {
    mkdirSync(folder);
  }
  const { kept, log } = keptLog();
  const env = { ...gitEnv(dir), ...settings.env };
  const projects = new Projects({ workspaceDir, own, git: { ...settings, env }, log });
  return { dir, workspaceDir, projects, kept };
}
