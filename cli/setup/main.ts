import { join } from "node:path";
import { runSetup } from "./program.ts";

process.exitCode = await runSetup(process.argv.slice(2), join(import.meta.dirname, "..", ".."));
