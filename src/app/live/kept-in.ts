import { join } from "node:path"
import type { RecordedRequest } from "../../ops/domain/live-flags.ts"
import type { LiveSettings } from "../../ops/domain/live-settings.ts"

/** What a mock run keeps is in the folder of logs, and it touches nothing else. */
export const keptIn = (settings: LiveSettings, { mock }: Pick<RecordedRequest, "mock">): LiveSettings =>
  mock ? { ...settings, runDir: join(settings.logDir, ".mock") } : settings
