import { importPart } from "../support/import-tests.ts";

await importPart(8);
