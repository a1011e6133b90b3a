import { everyCrash } from "../crash/sample.ts";

everyCrash("tmux");
