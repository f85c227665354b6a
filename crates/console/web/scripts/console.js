// What every page runs. All of it is comfort: without it every page works, and says everything.

import { centreCurrent } from "./console/bars.js";
import { confirmActs } from "./console/confirm.js";
import { copyButtons } from "./console/copy.js";
import { countdowns } from "./console/countdown.js";
import { guardForms } from "./console/guard.js";
import { shortcuts } from "./console/keys.js";
import { liveParts } from "./console/live.js";
import { menus } from "./console/menus.js";
import { markAll } from "./console/ranges.js";
import { tables } from "./console/tables.js";
import { relativeTimes } from "./console/time.js";

document.documentElement.classList.add("ww-script");
markAll(document);
centreCurrent();
relativeTimes(document);
tables(document);
confirmActs(document);
copyButtons(document);
countdowns(document);
guardForms(document);
menus(document);
shortcuts(document);
liveParts(document);
