// On a secured server a backup and its restore must work with the key that is on the host anyway.
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, it } from "@effect/vitest"
import { jetstream, jetstreamManager } from "@nats-io/jetstream"
import { Effect } from "effect"
import { addStream } from "../../../src/platform/nats/add-stream.ts"
import { integrityOptions, streamShape } from "../../../src/protocol/market/streams.ts"
import { tickd } from "../../support/cli-process.ts"
import { connectAs, environmentOf, type Installation, startSecure } from "../../support/nats-secure.ts"

const root = mkdtempSync(join(tmpdir(), "tickd-backup-secure-"))

const run = (installation: Installation, ...args: ReadonlyArray<string>) =>
  Effect.promise(() =>
    tickd(["backup", ...args], {
      ...environmentOf(installation, "daemon"),
      TICKD_INSTANCE: "md-live",
      TICKD_STATE_DIR: join(installation.folder, "state"),
      TICKD_RUN_DIR: join(installation.folder, "run")
    })
  )

it.live("is made and restored with the key of the daemon", () =>
  Effect.gen(function* () {
    const [from, to] = [yield* startSecure, yield* startSecure]
    const daemon = yield* connectAs(from, "daemon")
    yield* Effect.promise(async () => {
      await addStream(await jetstreamManager(daemon), streamShape(integrityOptions))
      for (const text of ["one", "two"]) await jetstream(daemon).publish("md.gap.primary", text)
    })
    const folder = join(root, "copy")
    const created = yield* run(from, "create", "--out", folder)
    assert.strictEqual(created.code, 0, created.stderr)
    assert.match(created.stdout, /^streams\/MD_INTEGRITY\.jsonl +2 records, 1 to 2$/m)
    const restored = yield* run(to, "restore", folder)
    assert.strictEqual(restored.code, 0, restored.stderr)
    assert.match(restored.stdout, /^RESTORE=OK 1 of 1 items restored$/m)
    const again = yield* run(to, "restore", folder)
    assert.match(again.stdout, /^RESTORE=OK 0 of 1 items restored$/m)
  }).pipe(Effect.ensuring(Effect.sync(() => rmSync(root, { recursive: true, force: true }))))
)
