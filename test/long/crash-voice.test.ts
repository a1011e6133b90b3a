import { everyVoiceCrash } from "../crash/sample.ts";

everyVoiceCrash();
