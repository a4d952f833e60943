import { Context } from "effect"
import type { Shutdown } from "../platform/process/exit.ts"

/** How this process ends, for the programs that drain: `run` and `demo`. */
export class ProcessShutdown extends Context.Service<ProcessShutdown, Shutdown>()("tickd/app/ProcessShutdown") {}
