// Each escalation command is a process of its own: only a file knows what the one before it has sent.
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Effect } from "effect"
import { afterAll, assert, it } from "vitest"
import { notifyHistoryFile } from "../../src/ops/adapters/files/notify-history-file.ts"
import { NotifyHistory } from "../../src/ops/ports/notify-history.ts"

const folder = mkdtempSync(join(tmpdir(), "tickd-notify-"))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const entry = (atMs: number) => ({ channel: "slack", key: "tag md fault", atMs, sent: true }) as const
const sent = [{ channel: "slack", result: "sent" }] as const
const failed = [{ channel: "slack", result: "failed" }] as const
const using = <A, E>(path: string, use: Effect.Effect<A, E, NotifyHistory>) =>
  Effect.runPromise(Effect.provide(use, notifyHistoryFile(path)))
const read = Effect.flatMap(NotifyHistory, (history) => history.read)

it("keeps entries across processes, forgets old ones, and is readable by its owner only", async () => {
  const path = join(folder, "new", "history.json")
  assert.deepStrictEqual(await using(path, read), [])
  await using(
    path,
    Effect.flatMap(NotifyHistory, (history) => history.add([entry(10)], sent, 0))
  )
  const add = Effect.flatMap(NotifyHistory, (history) => history.add([entry(20), entry(30)], failed, 15))
  assert.deepStrictEqual(await using(path, add), { slack: { sent: 1, duplicate: 0, limited: 0, failed: 1 } })
  assert.deepStrictEqual(await using(path, read), [entry(20), entry(30)])
  assert.strictEqual(statSync(path).mode & 0o777, 0o600)
})

it("reports a file that is damaged, and replaces it at the next write", async () => {
  const path = join(folder, "damaged.json")
  writeFileSync(path, '[{"channel":"slack"')
  const error = await using(path, Effect.flip(read))
  assert.include(error.message, "the same notification may be sent twice")
  await using(
    path,
    Effect.flatMap(NotifyHistory, (history) => history.add([entry(40)], sent, 0))
  )
  assert.deepStrictEqual(await using(path, read), [entry(40)])
})

it("reports a folder that cannot be written", async () => {
  writeFileSync(join(folder, "file"), "")
  const add = Effect.flatMap(NotifyHistory, (history) => history.add([entry(1)], sent, 0))
  const error = await using(join(folder, "file", "history.json"), Effect.flip(add))
  assert.include(error.message, "cannot be written")
})
