// English, the language that the others are held to: the compiler finds what one of them misses.

import { common } from "./common";
import { door } from "./door";
import { entry } from "./entry";
import { errors } from "./errors";
import { evidence } from "./evidence";
import { item } from "./item";
import { leave } from "./leave";
import { names } from "./names";
import { record } from "./record";
import { site } from "./site";
import { sync } from "./sync";
import { tablet } from "./tablet";

export const en = { common, door, entry, errors, evidence, item, leave, names, record, site, sync, tablet };

export type Messages = typeof en;
