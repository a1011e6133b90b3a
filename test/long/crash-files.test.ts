import { everyFileCrash } from "../crash/sample.ts";

everyFileCrash();
