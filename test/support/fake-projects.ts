import type { MachineProjects } from "../../src/projects/projects.ts";

/** Folders of a machine, as a test says. */
export class FakeProjects implements MachineProjects {
  list: MachineProjects["list"] = async (known) => ({
    projects: known.map((directory) => ({
      name: directory.slice(1),
      directory,
      isGit: false,
      branch: undefined,
      isWorktree: false,
    })),
    isCut: false,
  });
  resolve: MachineProjects["resolve"] = async (text) =>
    text === "site"
      ? { kind: "folder", directory: "/srv/site" }
      : { kind: "refused", reason: "missing" };
  clone: MachineProjects["clone"] = async () => ({
    kind: "cloned",
    name: "site",
    directory: "/srv/site",
  });
  addWorktree: MachineProjects["addWorktree"] = async (directory, branch) => ({
    kind: "added",
    directory: `${directory}-${branch}`,
    branch,
    from: "head",
  });
  listWorktrees: MachineProjects["listWorktrees"] = async () => ({
    kind: "worktrees",
    worktrees: [],
  });
}
