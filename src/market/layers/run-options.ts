import { Context } from "effect"
import type { DaemonOptions } from "./daemon-options.ts"

/** What `tickd run` and `tickd demo` build a daemon from. The layers that the simulation replaces read it. */
export class Options extends Context.Service<Options, DaemonOptions>()("tickd/market/Options") {}
