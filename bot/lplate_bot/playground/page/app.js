/** Open the playground's page. */

import { Columns } from "./columns.js";
import { part } from "./dom.js";
import { Learners } from "./learners.js";
import { tickRelativeTimes } from "./times.js";

const learners = new Learners();
const columns = new Columns(part(document, "#columns", HTMLElement), learners, part(document, "#add-learner", HTMLButtonElement));
tickRelativeTimes();
await learners.load();
columns.restore(new URLSearchParams(location.search));
