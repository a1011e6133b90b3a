import { everyCrash } from "../crash/sample.ts";

everyCrash("api");
