import { everyPullCrash } from "../crash/sample.ts";

everyPullCrash();
