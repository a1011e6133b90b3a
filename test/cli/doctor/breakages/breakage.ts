import { join } from "node:path";
import type { DoctorWorld } from "../../../support/doctor-world.ts";

/** A part that is broken, the one line that is ✗ by it, and what that line says to do. */
export type Breakage = [
  what: string,
  check: string,
  says: RegExp,
  breaks: (world: DoctorWorld) => unknown,
];

/** A path in DATA_DIR. */
export const data = (world: DoctorWorld, ...path: string[]) => join(world.dir, "data", ...path);
