// No engine builds or runs the image here. So its file system is made from deploy/Dockerfile line by line, and started
// as an engine would: what a COPY line forgets, or a read-only root forbids, is found before the first release.
import { globSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { jetstreamManager } from "@nats-io/jetstream"
import { connect } from "@nats-io/transport-node"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { daemonEnvironment } from "../support/cli-daemon.ts"
import { endCommands, eventually, logLines } from "../support/cli-process.ts"
import { startComposeCluster } from "../support/compose-cluster.ts"
import { freePort } from "../support/free-port.ts"
import { layOutImage } from "../support/image-layout.ts"
import { startImage, whyNoImage } from "../support/image-run.ts"
import { findMonitoringTools } from "../support/monitoring-tools.ts"

const tini = findMonitoringTools(["tini-static"])["tini-static"]
const why = whyNoImage(tini)
const folder = mkdtempSync(join(tmpdir(), "tickd-image-"))
let image: ReturnType<typeof layOutImage>
let container: Awaited<ReturnType<typeof startImage>>
let nats = ""

const start = async (name: string, front: string) =>
  startImage({
    ...image,
    volume: join(folder, `volume-${name}`),
    environment: {
      ...daemonEnvironment(image.dockerfile.volume, front),
      CTP_MD_LIBRARY: join(image.dockerfile.workdir, ".build/native/libtickd_sim_md_65.so"),
      TICKD_CONTRACTS: "",
      TICKD_INSTRUMENTS: "rb2612,IF2612,cu2612",
      NATS_URL: nats,
      TICK_STREAM_REPLICAS: "3",
      TICK_STREAM_MAX_BYTES: "200000000",
      INGEST_METRICS_PORT: String(await freePort())
    }
  })
const health = (...flags: ReadonlyArray<string>) => container.run([...image.dockerfile.health, ...flags])
const isReady = () => eventually("the daemon of the image is ready", () => health("--ready").status === 0, 30_000)
const named = (name: string) => container.tree().filter((each) => each.name.startsWith(name))
const daemon = () => container.tree()[1]?.pid ?? 0

describe.skipIf(why !== undefined)(`the image${why === undefined ? "" : ` (${why})`}`, () => {
  beforeAll(async () => {
    image = layOutImage(folder, tini ?? "")
    nats = (await startComposeCluster(folder)).url
  })
  afterAll(async () => {
    await endCommands()
    rmSync(folder, { recursive: true, force: true })
  })

  it("has what its COPY lines name and nothing of the checkout, prints its size, and is read-only for its user", () => {
    const app = join(image.root, image.dockerfile.workdir)
    expect(readdirSync(app).sort()).toEqual([".build", "deploy", "dist", "node_modules", "package.json", "src"])
    expect(globSync("src/**/*.*", { cwd: app })).toEqual(["src/app/tickd.mjs"])
    expect(readdirSync(join(app, "node_modules")).sort()).toEqual(["@koromix", "koffi"])
    expect(readdirSync(join(app, "deploy")).sort()).toEqual(["container", "nats"])
    const writable = globSync("**/*", { cwd: app }).filter((path) => (statSync(join(app, path)).mode & 0o022) !== 0)
    expect(writable).toEqual([])
    const [, mebibytes] = /^(\d+)M\ttotal$/m.exec(image.printed) ?? []
    expect(Number(mebibytes)).toBeLessThan(40)
    const state = statSync(join(image.root, image.dockerfile.volume))
    expect([state.uid, state.gid, state.mode & 0o777]).toEqual([image.dockerfile.user, image.dockerfile.group, 0o700])
  })

  it("becomes ready on three NATS nodes as the unprivileged user, with no capability and a root that it cannot write", async () => {
    // The front of the profile dev is the same image.
    const command = ["front", "--port", "0", "--instruments", "50", "--rate", "500", "--json"]
    const front = await startImage({ ...image, volume: join(folder, "volume-front"), environment: {}, command })
    const [, address = ""] = await front.printed(/"address":"(tcp:\/\/[\d.:]+)"/)
    container = await start("one", address)
    await isReady()
    const { user } = image.dockerfile
    expect(container.tree().map(({ name }) => name)).toEqual([
      "tini",
      expect.any(String),
      expect.stringContaining("tickd-feed-work")
    ])
    for (const { field } of container.tree()) {
      expect(field("Uid")).toBe(`${user}\t${user}\t${user}\t${user}`)
      expect([field("CapEff"), field("CapPrm"), field("NoNewPrivs")]).toEqual(["0".repeat(16), "0".repeat(16), "1"])
    }
    const write = (path: string) => container.run(["node", "-e", `require("node:fs").writeFileSync("${path}", "")`])
    expect(write(join(image.dockerfile.workdir, "dist/x")).text).toContain("EROFS")
    expect(write("/etc/x").text).toContain("EROFS")
    expect(write("/tmp/x").status).toBe(0)
  }, 60_000)

  it("is healthy while it answers, and unhealthy within the timeout of the check while it stands still", async () => {
    expect(health()).toMatchObject({ status: 0, text: "healthy, ready\n" })
    process.kill(daemon(), "SIGSTOP")
    const stopped = health()
    process.kill(daemon(), "SIGCONT")
    expect(stopped.status).toBe(1)
    expect(stopped.text).toMatch(/^unhealthy: http:\/\/127\.0\.0\.1:\d+ \(no answer within 3 s\); the log/)
    expect(stopped.tookMs).toBeLessThan(image.dockerfile.healthTimeoutMs)
    await isReady()
  }, 60_000)

  it("leaves no zombie of a dead worker, nor of a process whose parent has ended", async () => {
    const worker = named("tickd-feed-work")[0]?.pid ?? 0
    process.kill(worker, "SIGKILL")
    const orphan =
      'require("node:child_process").spawn(process.execPath, ["-e", ""], { detached: true, stdio: "ignore" }).unref()'
    expect(container.run(["node", "-e", orphan]).status).toBe(0)
    await eventually("a new worker", () => named("tickd-feed-work").some(({ pid }) => pid !== worker))
    // A zombie stays for ever; an orphan that still runs does not.
    await eventually(
      "no zombie",
      () => container.tree().length === 3 && container.tree().every(({ state }) => state !== "Z")
    )
    await isReady()
  }, 60_000)

  it("drains on the engine's SIGTERM, ends with 0, and every published tick is stored on three nodes", async () => {
    container.stop()
    const { code, stdout } = await container.ended
    expect(code).toBe(0)
    const line = logLines(stdout).findLast(({ event }) => event === "ledger") as
      | { readonly ledger: ReadonlyArray<{ balanced: boolean; in_flight: number; published: number }> }
      | undefined
    const ledger = line?.ledger[0]
    expect(ledger).toMatchObject({ balanced: true, in_flight: 0 })
    const connection = await connect({ servers: nats.split(",") })
    const stream = await (await jetstreamManager(connection)).streams.info("MD_TICKS")
    await connection.close()
    expect(ledger?.published).toBeGreaterThan(0)
    expect(stream.state.messages).toBe(ledger?.published)
    expect(stream.config.num_replicas).toBe(3)
    expect(stream.cluster?.replicas?.map(({ current }) => current)).toEqual([true, true])
  }, 60_000)

  it("obeys a SIGTERM that arrives before Node has a handler for it", async () => {
    const early = await start("two", "tcp://127.0.0.1:1")
    early.stop()
    const began = performance.now()
    await early.ended
    expect(performance.now() - began).toBeLessThan(10_000)
  }, 60_000)
})
