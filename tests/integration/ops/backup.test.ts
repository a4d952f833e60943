// A lost disk must not cost the audit and the gap records: the copy is proved byte by byte, comes back onto an empty
// host, and is never mixed with another history.
import { spawnSync } from "node:child_process"
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync
} from "node:fs"
import { hostname, tmpdir } from "node:os"
import { join } from "node:path"
import { type JetStreamManager, jetstream, jetstreamManager } from "@nats-io/jetstream"
import { Effect, Exit, Scope } from "effect"
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest"
import { beginBackup } from "../../../src/ops/adapters/backup/backup-folder.ts"
import { checkBackup, openBackup } from "../../../src/ops/adapters/backup/read-backup.ts"
import { readBackupSettings } from "../../../src/ops/config/backup-variables.ts"
import { backupFaults } from "../../../src/ops/domain/backup/backup-error.ts"
import { createBackup } from "../../../src/ops/layers/backup/create-backup.ts"
import { verifyChain } from "../../../src/platform/audit/audit-chain.ts"
import { makeAuditFile, readAuditLines } from "../../../src/platform/audit/audit-file.ts"
import { addStream } from "../../../src/platform/nats/add-stream.ts"
import { takeFileLock } from "../../../src/platform/process/file-lock.ts"
import type { AuditEntry } from "../../../src/protocol/control/command.ts"
import { creationOf } from "../../../src/protocol/control/stream-shape.ts"
import { integrityOptions, quarantineOptions, streamShape } from "../../../src/protocol/market/streams.ts"
import { endCommands, eventually, lastJson, startTickd, tickd } from "../../support/cli-process.ts"
import { expectSentence } from "../../support/cli-sentence.ts"
import { connection, readStream, startServer } from "../../support/nats-server.ts"
import { startReceiver } from "../../support/notify-receiver.ts"

const root = mkdtempSync(join(tmpdir(), "tickd-backup-"))
const scope = Scope.makeUnsafe()
const scoped = <A, E>(body: Effect.Effect<A, E, Scope.Scope>) =>
  Effect.runPromise(body.pipe(Effect.provideService(Scope.Scope, scope)))

interface Host {
  readonly url: string
  readonly path: (...names: ReadonlyArray<string>) => string
  readonly run: (...args: ReadonlyArray<string>) => ReturnType<typeof tickd>
  readonly env: Readonly<Record<string, string>>
}

/** A host with folders that are not there yet, and a server of its own. */
const hostOf = (name: string, url: string): Host => {
  const path = (...names: ReadonlyArray<string>) => join(root, name, ...names)
  const env = {
    TICKD_INSTANCE: "md-live",
    TICKD_STATE_DIR: path("state"),
    TICKD_RUN_DIR: path("run"),
    TICKD_BACKUP_DIR: path("backups"),
    NATS_URL: url
  }
  return { url, path, env, run: (...args) => tickd(["backup", ...args, "--log-dir", path("logs")], env) }
}

const entry = (verb: string, at: number): AuditEntry => ({
  version: 2,
  id: `${verb}-${at}`,
  at: new Date(at).toISOString(),
  instance: "md-live",
  verb,
  result: "done",
  request: {},
  request_id: null,
  reason: "test",
  by: { user: "ops", host: "a", client: "test" },
  code: null,
  message: "done"
})
const audit = (host: Host, file: string, ...verbs: ReadonlyArray<string>) => {
  const chain = makeAuditFile(host.path("state", file))
  for (const [at, verb] of verbs.entries()) Effect.runSync(chain.append(entry(verb, at)))
}
const put = (path: string, text: string) => {
  mkdirSync(join(path, ".."), { recursive: true })
  writeFileSync(path, text)
}
const records = (host: Host, stream: string) =>
  scoped(
    Effect.flatMap(connection(host.url), (nc) =>
      Effect.promise(async () => {
        const manager = await jetstreamManager(nc)
        const { state } = await manager.streams.info(stream)
        const found: Array<{ subject: string; text: string; header: (name: string) => string }> = []
        for (let seq = state.first_seq; seq <= state.last_seq; seq++) {
          const message = await manager.streams.getMessage(stream, { seq })
          if (message === null) continue
          found.push({ subject: message.subject, text: message.string(), header: (name) => message.header.get(name) })
        }
        return found
      })
    )
  )
const onServer = <A>(host: Host, run: (manager: JetStreamManager) => Promise<A>) =>
  scoped(Effect.flatMap(connection(host.url), (nc) => Effect.promise(async () => run(await jetstreamManager(nc)))))
const messages = (host: Host, stream: string) =>
  onServer(host, async (manager) => (await manager.streams.info(stream)).state.messages)
const publish = (
  host: Host,
  stream: typeof integrityOptions | typeof quarantineOptions,
  ...texts: ReadonlyArray<string>
) =>
  scoped(
    Effect.flatMap(connection(host.url), (nc) =>
      Effect.promise(async () => {
        await addStream(await jetstreamManager(nc), streamShape(stream))
        const subject = stream === integrityOptions ? "md.gap.primary" : "md.quarantine.price"
        await Promise.all(texts.map((text) => jetstream(nc).publish(subject, text, { msgID: text })))
      })
    )
  )

let a: Host
let b: Host
let made = ""
const quarantined = 1200
beforeAll(async () => {
  a = hostOf("a", (await scoped(startServer())).url)
  b = hostOf("b", (await scoped(startServer())).url)
  audit(a, "audit.jsonl", "subscribe", "failover", "drain")
  audit(a, "audit-operations.jsonl", "retention")
  put(a.path("state", "contracts", "20261201.json"), "contracts of a day")
  put(a.path("state", "spool", "segment"), "ticks")
  put(a.path("run", "snapshots", "000001.json"), "a snapshot")
  put(a.path("run", "credentials", "CTP_PRIMARY_PASSWORD"), "s3cret")
  put(a.path("logs", "startup_audit.log"), "2026-12-01T08:00:00+08:00,start,day,live,0\nan unfinished li")
  put(a.path("logs", "drill-20261201-101500.json"), "{}")
  await publish(a, integrityOptions, "gap one", "gap two", "gap 三")
  await publish(a, quarantineOptions, ...Array.from({ length: quarantined }, (_, at) => `tick ${at}`))
  const created = await a.run("create", "--json")
  expect(created, created.stderr).toMatchObject({ code: 0 })
  made = String(lastJson(created.stdout)["folder"])
}, 30_000)
afterEach(endCommands)
afterAll(async () => {
  await Effect.runPromise(Scope.close(scope, Exit.void))
  rmSync(root, { recursive: true, force: true })
})

/** A copy of the backup that a test may damage. */
const copyOf = (name: string) => {
  const folder = join(root, name)
  rmSync(folder, { recursive: true, force: true })
  cpSync(made, folder, { recursive: true })
  return folder
}
const flip = (path: string, at: number) => {
  const bytes = readFileSync(path)
  bytes[at] = (bytes[at] ?? 0) ^ 1
  writeFileSync(path, bytes)
}
const fault = (run: () => unknown): { readonly code?: string; readonly message: string } => {
  try {
    run()
  } catch (cause) {
    return cause as { readonly code?: string; readonly message: string }
  }
  throw new Error("it did not fail")
}
/** Another manifest, with sums that fit it. */
const rewrite = (folder: string, change: (manifest: Record<string, unknown>) => Record<string, unknown>) => {
  const path = join(folder, "manifest.json")
  const text = JSON.stringify(change(JSON.parse(readFileSync(path, "utf8"))))
  writeFileSync(path, text)
  const { stdout } = spawnSync("sha256sum", ["manifest.json"], { cwd: folder, encoding: "utf8" })
  const sums = readFileSync(join(folder, "SHA256SUMS"), "utf8").replace(/^.*manifest\.json\n/m, stdout)
  writeFileSync(join(folder, "SHA256SUMS"), sums)
}

describe("a backup", () => {
  it("holds what must not be lost, and neither secrets nor what belongs to the machine", () => {
    const { manifest } = openBackup(made)
    expect(manifest).toMatchObject({ instance: "md-live", state_format: "1.0", format: "1.0" })
    expect(manifest.items.map(({ path }) => path)).toEqual([
      "logs/drill-20261201-101500.json",
      "logs/startup_audit.log",
      "run/snapshots/000001.json",
      "state/audit-operations.jsonl",
      "state/audit.jsonl",
      "state/contracts/20261201.json",
      "streams/MD_INTEGRITY.jsonl",
      "streams/MD_QUARANTINE.jsonl"
    ])
    const item = (path: string) => manifest.items.find((each) => each.path === path)
    expect(item("state/audit.jsonl")?.chain).toMatchObject({ entries: 3, broken_line: null })
    expect(item("streams/MD_QUARANTINE.jsonl")?.stream).toMatchObject({
      records: quarantined,
      first: 1,
      last: quarantined,
      missing: 0
    })
    // A line that is being written is no part of it.
    expect(readFileSync(join(made, "logs", "startup_audit.log"), "utf8")).toBe(
      "2026-12-01T08:00:00+08:00,start,day,live,0\n"
    )
    expect(spawnSync("grep", ["-r", "s3cret", made]).status).toBe(1)
    expect(statSync(made).mode & 0o777).toBe(0o700)
    expect(statSync(join(made, "state", "audit.jsonl")).mode & 0o777).toBe(0o600)
    expect(spawnSync("sha256sum", ["-c", "--quiet", "SHA256SUMS"], { cwd: made }).status).toBe(0)
    expect(readdirSync(a.path("backups")).filter((name) => name.endsWith(".partial"))).toEqual([])
  })

  it("names what the living state has beyond it", async () => {
    const same = await a.run("verify", made, "--against")
    expect(same, same.stderr).toMatchObject({ code: 0 })
    expect(same.stdout).toMatch(/^VERIFY=OK\nIt lacks nothing$/m)

    const state = a.path("state")
    cpSync(state, `${state}-before`, { recursive: true })
    audit(a, "audit.jsonl", "restart", "log-level")
    put(a.path("state", "contracts", "20261202.json"), "contracts of the next day")
    await publish(a, integrityOptions, "gap four")
    const behind = await a.run("verify", made, "--against")
    expectSentence(
      behind,
      1,
      "BACKUP_BEHIND",
      /\(state\/audit\.jsonl: 2 entries; state\/contracts\/20261202\.json: the file; streams\/MD_INTEGRITY\.jsonl: 1 record\)/
    )
    rmSync(state, { recursive: true })
    cpSync(`${state}-before`, state, { recursive: true })
  })

  it("is refused with one sentence when a byte of it is not as it was written", async () => {
    const cut = copyOf("cut")
    truncateSync(join(cut, "state", "audit.jsonl"), 100)
    expectSentence(
      await b.run("restore", cut),
      1,
      "BACKUP_DAMAGED",
      /state\/audit\.jsonl is cut: it has 100 of \d+ bytes/
    )
    expect(existsSync(b.path("state"))).toBe(false)

    const flipped = copyOf("flipped")
    flip(join(flipped, "streams", "MD_QUARANTINE.jsonl"), 20_000)
    rmSync(join(flipped, "run", "snapshots", "000001.json"))
    appendFileSync(join(flipped, "state", "audit.jsonl"), "x")
    const faults = fault(() => checkBackup(openBackup(flipped)))
    expect(faults.code).toBe("BACKUP_DAMAGED")
    expect(faults.message).toMatch(
      /run\/snapshots\/000001\.json is missing; state\/audit\.jsonl has \d+ bytes instead of \d+; streams\/MD_QUARANTINE\.jsonl was changed: it has another hash/
    )
    for (const [name, at] of [
      ["manifest.json", 30] as const,
      ["SHA256SUMS", 3] as const,
      ["SHA256SUMS", 70] as const
    ]) {
      const folder = copyOf("flipped")
      flip(join(folder, name), at)
      expect(() => openBackup(folder), `${name} ${at}`).toThrow(expect.objectContaining({ code: "BACKUP_DAMAGED" }))
    }
  })

  it("is refused when a later version made it, and when it is none", () => {
    const newer = copyOf("newer")
    rewrite(newer, (manifest) => ({ ...manifest, format: "2.0", tickd: "9.0.0", items: [] }))
    expect(() => openBackup(newer)).toThrow(/has form 2\.0, made by tickd 9\.0\.0, and tickd .* knows 1\.0/)
    expect(fault(() => openBackup(newer)).code).toBe("BACKUP_FORMAT_NEWER")
    const state = copyOf("newer")
    rewrite(state, (manifest) => ({ ...manifest, state_format: "2.1", tickd: "9.0.0" }))
    expect(() => openBackup(state)).toThrow(/state folder of format 2\.1, written by tickd 9\.0\.0/)
    const outside = copyOf("newer")
    rewrite(outside, (manifest) => ({
      ...manifest,
      items: [{ path: "state/../../x", kind: "audit", bytes: 0, sha256: "0".repeat(64) }]
    }))
    expect(() => openBackup(outside)).toThrow(/is no manifest/)
    expect(fault(() => openBackup(a.path("logs")))).toMatchObject({ code: "BACKUP_NOT_FOUND" })
  })

  it("is not begun without NATS, on a full disk, beside another one, and leaves nothing behind", async () => {
    const away = await tickd(["backup", "create"], { ...a.env, NATS_URL: "nats://127.0.0.1:1" })
    expectSentence(away, 69, "NATS_UNREACHABLE", /nats:\/\/127\.0\.0\.1:1/)
    const files = await tickd(["backup", "create", "--without-streams", "--out", join(root, "files"), "--json"], {
      ...a.env,
      NATS_URL: "nats://127.0.0.1:1"
    })
    expect(lastJson(files.stdout)).toMatchObject({
      manifest: { streams_absent: ["MD_INTEGRITY", "MD_QUARANTINE"] }
    })

    const small = join(root, "small")
    mkdirSync(small)
    expect(spawnSync("mount", ["-t", "tmpfs", "-o", "size=64k", "tmpfs", small]).status).toBe(0)
    try {
      const full = await tickd(["backup", "create", "--out", join(small, "one")], a.env)
      expectSentence(full, 69, "BACKUP_NOT_WRITTEN", /\(ENOSPC.*make room on its disk; nothing of it is kept/)
      expect(readdirSync(small).filter((name) => name !== ".lock")).toEqual([])
    } finally {
      spawnSync("umount", [small])
      rmdirSync(small)
    }
    const lock = takeFileLock(a.path("backups", ".lock"))
    try {
      const busy = fault(() => beginBackup(a.path("backups", "second")))
      expect(busy.code).toBe("BACKUP_BUSY")
      expect(busy.message).toMatch(/^Another backup.* is being made in /)
    } finally {
      lock.release()
    }
    const nothing = hostOf("nothing", a.url)
    const made = createBackup({
      folders: { state: nothing.path("state"), run: nothing.path("run"), logs: nothing.path("logs") },
      instance: "md-live",
      folder: nothing.path("backups", "one"),
      keep: undefined,
      nowMs: 0,
      connection: undefined
    })
    expect((await Effect.runPromise(Effect.flip(made))).message).toMatch(/^Nothing to be kept is in /)
    expect(readdirSync(nothing.path("backups"))).toEqual([".lock"])
  })

  it("is read back and reported with --verify, and stands when the Pushgateway is away", async () => {
    const gateway = await startReceiver((_request, response) => response.end())
    let copies = 0
    const make = (url: string) =>
      tickd(["backup", "create", "--verify", "--without-streams", "--out", a.path("verified", `${++copies}`)], {
        ...a.env,
        PUSHGATEWAY_URL: url
      })
    const sinceMs = Math.floor(Date.now() / 1000)
    const reported = await make(gateway.origin)
    await gateway.close()
    expect(reported).toMatchObject({ code: 0, stderr: "" })
    expect(gateway.received.map(({ url }) => url.pathname)).toEqual([`/metrics/job/backup/instance/${hostname()}`])
    const [, at] = /^md_backup_last_success_timestamp_seconds (\d+)$/m.exec(gateway.received[0]?.body ?? "") ?? []
    expect(Number(at)).toBeGreaterThanOrEqual(sinceMs)
    const alone = await make(gateway.origin)
    expect(alone.code).toBe(0)
    expect(alone.stdout).toContain("BACKUP=OK")
    expect(alone.stderr).toMatch(
      /^The backup is made and read back, but the Pushgateway \S+ did not take its time \(.+\): /
    )
  })

  it("keeps the newest ones, and no other folder", async () => {
    for (const name of [
      "md-live-20250101T000000Z",
      "md-live-20250102T000000Z",
      "md-live-other",
      "md-live-b-20250101T000000Z"
    ])
      put(a.path("backups", name, "x"), "")
    await tickd(["backup", "create", "--without-streams"], { ...a.env, TICKD_BACKUP_KEEP: "3" })
    const kept = readdirSync(a.path("backups")).filter((name) => name !== ".lock")
    expect(kept).toHaveLength(5)
    expect(kept).toEqual(
      expect.arrayContaining(["md-live-20250102T000000Z", "md-live-other", "md-live-b-20250101T000000Z"].slice(1))
    )
    expect(kept).not.toContain("md-live-20250101T000000Z")
    const wrong = await Effect.runPromise(Effect.flip(readBackupSettings({ TICKD_BACKUP_KEEP: "0" })))
    expect(wrong).toMatchObject({ code: "BACKUP_CONFIG" })
  })
})

describe("a restore", () => {
  it("writes nothing in a dry run, for another instance and while a daemon runs", async () => {
    const dry = await b.run("restore", made, "--dry-run")
    expect(dry, dry.stderr).toMatchObject({ code: 0 })
    expect(dry.stdout).toMatch(/^state\/audit\.jsonl +would be restored +3 entries, head [0-9a-f]{12}$/m)
    expect(existsSync(b.path("state"))).toBe(false)
    const other = await tickd(["backup", "restore", made], { ...b.env, TICKD_INSTANCE: "md-b" })
    expectSentence(
      other,
      65,
      "BACKUP_OTHER_INSTANCE",
      /of instance md-live, and this is md-b: set TICKD_INSTANCE=md-live/
    )

    mkdirSync(b.path("state", "spool"), { recursive: true })
    const spool = takeFileLock(b.path("state", "spool", "lock"))
    expectSentence(await b.run("restore", made).finally(spool.release), 69, "BACKUP_DAEMON_RUNS", /holds the spool/)
    expect(readdirSync(b.path("state"))).not.toContain("audit.jsonl")
  })

  it("goes on where a killed one stopped, and is nothing the second time", async () => {
    // A server forgets ids after a while: what is stored twice must not depend on them. The bound ends the restore
    // half-way when the kill comes too late.
    const shape = { ...creationOf(streamShape(quarantineOptions)), duplicate_window: 1e8 }
    const bounded = { ...shape, max_msgs: quarantined / 2, discard: "new" as const }
    await onServer(b, (manager) => manager.streams.add(bounded))
    const first = startTickd(["backup", "restore", made, "--log-dir", b.path("logs")], b.env)
    await eventually("records arrive", async () => (await messages(b, "MD_QUARANTINE")) > 20)
    first.child.kill("SIGKILL")
    const ended = await first.ended
    if (ended.signal === null) expectSentence(ended, 69, "BACKUP_STREAM", /Restoring stream MD_QUARANTINE failed/)
    expect(await messages(b, "MD_QUARANTINE")).toBeLessThanOrEqual(quarantined / 2)
    await onServer(b, (manager) => manager.streams.update("MD_QUARANTINE", { ...shape, max_msgs: -1 }))

    const second = await b.run("restore", made)
    expect(second, second.stderr).toMatchObject({ code: 0 })
    expect(second.stdout).toMatch(/^state\/audit\.jsonl +left as it is/m)
    expect(second.stdout).toMatch(/^streams\/MD_QUARANTINE\.jsonl +restored +.*a restore has begun it$/m)

    const gaps = await records(b, "MD_INTEGRITY")
    expect(gaps.map(({ text }) => text)).toEqual(["gap one", "gap two", "gap 三"])
    expect(gaps[1]?.subject).toBe("md.gap.primary")
    expect(gaps[1]?.header("Tickd-Backup-Sequence")).toBe("2")
    expect(gaps[1]?.header("Tickd-Original-Msg-Id")).toBe("gap two")
    expect(Date.parse(gaps[1]?.header("Tickd-Original-Time") ?? "")).toBeGreaterThan(Date.now() - 600_000)
    const ticks = (await Effect.runPromise(Effect.scoped(readStream(b.url, "MD_QUARANTINE")))).map(({ text }) => text)
    expect(ticks).toHaveLength(quarantined)
    expect(new Set(ticks).size).toBe(quarantined)

    // The chains go on from the last entry of the backup.
    const operations = readAuditLines(b.path("state", "audit-operations.jsonl"))
    expect(verifyChain(operations)).toMatchObject({ entries: 2, broken: undefined })
    expect(operations[1]).toContain('"verb":"restore"')
    audit(b, "audit.jsonl", "subscribe")
    expect(verifyChain(readAuditLines(b.path("state", "audit.jsonl")))).toMatchObject({ entries: 4, broken: undefined })
    await publish(b, integrityOptions, "gap of b")

    const third = await b.run("restore", made)
    expect(third.stdout).toMatch(/^RESTORE=OK 0 of 8 items restored$/m)
    expect(readAuditLines(b.path("state", "audit-operations.jsonl"))).toHaveLength(2)
    expect(await messages(b, "MD_INTEGRITY")).toBe(4)
  })

  it("never mixes two histories", async () => {
    const c = hostOf("c", b.url)
    audit(c, "audit.jsonl", "inject")
    const refused = await c.run("restore", made, "--without-streams")
    expectSentence(
      refused,
      65,
      "BACKUP_TARGET_HOLDS",
      new RegExp(`\\(${c.path("state", "audit.jsonl")}\\).*give --force`)
    )
    expect(readAuditLines(c.path("state", "audit.jsonl"))).toHaveLength(1)
    expect(existsSync(c.path("state", "contracts"))).toBe(false)

    const own = readFileSync(c.path("state", "audit.jsonl"), "utf8")
    const forced = await c.run("restore", made, "--without-streams", "--force")
    expect(forced, forced.stderr).toMatchObject({ code: 0 })
    const [aside = ""] = readdirSync(c.path("state")).filter((name) => name.startsWith("before-restore-"))
    expect(readFileSync(c.path("state", aside, "audit.jsonl"), "utf8")).toBe(own)
    expect(verifyChain(readAuditLines(c.path("state", "audit.jsonl")))).toMatchObject({ entries: 3, broken: undefined })

    const server = (await scoped(startServer())).url
    const d = hostOf("d", server)
    await publish(d, integrityOptions, "another gap")
    const streams = await d.run("restore", made, "--force")
    expectSentence(streams, 65, "BACKUP_TARGET_HOLDS", /\(MD_INTEGRITY\).*nats stream rm/)
    expect((await records(d, "MD_INTEGRITY")).map(({ text }) => text)).toEqual(["another gap"])
  })

  it("extends an older copy, and says which file it cannot write", async () => {
    const e = hostOf("e", b.url)
    const lines = readAuditLines(join(made, "state", "audit.jsonl"))
    put(e.path("state", "audit.jsonl"), `${lines[0]}\n`)
    const extended = await e.run("restore", made, "--without-streams")
    expect(extended.stdout).toMatch(/^state\/audit\.jsonl +restored +.*an older copy is there$/m)
    expect(readAuditLines(e.path("state", "audit.jsonl"))).toEqual(lines)

    const f = hostOf("f", b.url)
    put(f.path("state"), "a file")
    expectSentence(await f.run("restore", made, "--without-streams"), 78, "STATE_FOLDER", /ENOTDIR/)
  })
})

it("has every code in its page, in both languages", () => {
  const page = readFileSync("docs/operations/backup.md", "utf8")
  for (const [code, { en, exit, zh }] of Object.entries(backupFaults)) {
    expect(page).toContain(`| \`${code}\` | ${en} | ${exit} |`)
    expect(page).toContain(`| \`${code}\` | ${zh} | ${exit} |`)
  }
})
