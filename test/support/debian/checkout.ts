import { cpSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";

const root = join(import.meta.dirname, "..", "..", "..");

/** Makes a repository of the files as they are here, changes that are not committed included. */
export async function publish(folder: string): Promise<void> {
  const list = ["ls-files", "-z", "--cached", "--others", "--exclude-standard", "--deduplicate"];
  const { stdout } = await execa("git", list, { cwd: root });
  for (const file of stdout.split("\0")) {
    if (file !== "") cpSync(join(root, file), join(folder, file), { errorOnExist: false });
  }
  const git = (...words: string[]) =>
    execa("git", ["-c", "user.name=test", "-c", "user.email=test@localhost", ...words], {
      cwd: folder,
    });
  await git("init", "--quiet", "--initial-branch=main");
  await git("add", "--all");
  await git("commit", "--quiet", "--message", "The files as they are");
  // git trusts a repository only of its own user.
  await execa("chown", ["--recursive", "1000:1000", folder]);
}
