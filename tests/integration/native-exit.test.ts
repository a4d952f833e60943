// An operator reads why a worker ended from its exit code and one sentence; a worker that outlives its daemon holds a
// login.

import { spawn, spawnSync } from "node:child_process"
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterEach, assert, beforeAll, describe, it } from "vitest"
import { header } from "../../src/market/adapters/ctp/ring-layout.ts"
import { isRunning } from "../support/cli-process.ts"
import {
  buildNative,
  makeRing,
  nativeFile,
  RingLog,
  simLibrary,
  until,
  usualLibrary,
  WorkerYard
} from "../support/native-worker.ts"
import { traderLibrary } from "../support/trader-query.ts"

beforeAll(buildNative, 120_000)
const yard = new WorkerYard()
afterEach(() => yard.stopAll())

describe("refusals", () => {
  const refuse = async (options: Parameters<WorkerYard["start"]>[1], spoil: (log: RingLog) => void = () => {}) => {
    const log = new RingLog(makeRing())
    spoil(log)
    const worker = yard.start(log, options)
    const { code } = await worker.exited
    assert.match(worker.stderr(), /^tickd-feed-worker: [^\n]+\n$/)
    return [code, worker.stderr()] as const
  }

  it("names a library that is not there, is no library, or is not the vendor's (65)", async () => {
    const text = join(yard.folder(), "notes.so")
    writeFileSync(text, "not a library")
    for (const library of ["/nowhere/thostmduserapi_se.so", text, nativeFile("libtickd_sim_td_65.so")]) {
      const [code, said] = await refuse({ library })
      assert.strictEqual(code, 65)
      assert.include(said, library)
    }
  })

  it("names an unknown version (66)", async () => {
    for (const [variant, version] of [
      ["unknown", "v9.9.9_tickd_sim"],
      ["69", "v6.9.0_tickd_sim"]
    ] as const) {
      const [code, said] = await refuse({ library: simLibrary(variant) })
      assert.strictEqual(code, 66)
      assert.include(said, `is version "${version}", which is not supported`)
    }
  })

  it("V14: does not blame a sound library, or its path, for what the machine misses (65)", async () => {
    const library = simLibrary("needs")
    const [code, said] = await refuse({ library })
    assert.strictEqual(code, 65)
    assert.include(
      said,
      `${library}: it needs libtickd_absent.so.1, which this machine does not have; install the package`
    )
    assert.notInclude(said, "CTP_MD_LIBRARY")

    const cut = join(yard.folder(), "thostmduserapi_se.so")
    writeFileSync(cut, readFileSync(usualLibrary).subarray(0, 40))
    const [, half] = await refuse({ library: cut })
    assert.match(half, /file too short; the file is not a whole library: copy it again/)
  })

  it("V14: names the variable of a flow folder that cannot be used", async () => {
    const file = join(yard.folder(), "file")
    writeFileSync(file, "")
    const [, said] = await refuse({ flow: join(file, "flow") })
    assert.match(said, /Not a directory; set CTP_FLOW_DIR to a folder that this user can write/)
    assert.notInclude(said, "--flow")
  })

  it("V1: refuses by name a table of methods that no known library has, or none (66)", async () => {
    for (const [variant, seen] of [
      ["13", /version "v6\.3\.11_tickd_sim" and has 13 methods, where CTP has 14 or 15: its callbacks are not known/],
      ["16", /version "v6\.7\.11_tickd_sim" and has 16 methods, where CTP has 15/],
      ["1465", /version "v6\.7\.11_tickd_sim" and has 14 methods, where CTP has 15/],
      ["hidden", /exports no table of methods \(_ZTV15CThostFtdcMdApi\)/]
    ] as const) {
      const [code, said] = await refuse({ library: simLibrary(variant) })
      assert.strictEqual(code, 66)
      assert.match(said, seen)
      assert.include(said, simLibrary(variant))
    }
  })

  it("names a flow folder that cannot be made, before the library is loaded (67)", async () => {
    const file = join(yard.folder(), "file")
    writeFileSync(file, "")
    const flow = join(file, "flow")
    const [code, said] = await refuse({ flow, library: "/nowhere/lib.so" })
    assert.strictEqual(code, 67)
    assert.include(said, `flow folder ${flow} cannot be used: Not a directory`)
  })

  it("makes a missing flow folder with its parents, and refuses one that another session holds (67)", async () => {
    const flow = join(yard.folder(), "a", "b")
    const log = new RingLog(makeRing())
    const first = yard.start(log, { flow })
    await until("ready", () => log.of("ready").length === 1)
    assert.isTrue(existsSync(join(flow, "DialogRsp.con")))
    const [code, said] = await refuse({ flow })
    assert.strictEqual(code, 67)
    assert.include(said, `tickd-feed-work (pid ${first.child.pid}) holds it; end that process`)
  })

  it("V9: names the process that holds a flow folder, also one that is no worker (67)", async () => {
    const flow = yard.folder()
    const holder = spawn("flock", [join(flow, "session.lock"), "sleep", "60"], { stdio: "ignore" })
    await until("lock", () => readFileSync("/proc/locks", "utf8").includes(` ${holder.pid} `))
    const [code, said] = await refuse({ flow })
    holder.kill("SIGKILL")
    assert.strictEqual(code, 67)
    assert.include(said, `flock (pid ${holder.pid}) holds it`)
  })

  it("R4: says that the disk of a flow folder is full, and that it needs room (67)", async (context) => {
    const folder = yard.folder()
    const inside =
      'mount -t tmpfs -o size=64k tmpfs "$1" && { dd if=/dev/zero of="$1/fill" bs=1k; exec "$0" --library "$2" --flow "$1/flow" --front tcp://h:1; } 3>/dev/null'
    const args = ["-rm", "sh", "-c", inside, nativeFile("tickd-contract-query"), folder, traderLibrary("65")]
    const run = spawnSync("unshare", args, { encoding: "utf8" })
    if (run.status !== 67) return context.skip(`skipped: no mount namespace here: ${run.stderr.split("\n")[0]}`)
    assert.include(run.stderr, "No space left on device; make room on its disk")
  })

  it("names a flow folder that cannot be written (67)", async (context) => {
    // Root can write everywhere except in a folder of /proc.
    const flow = "/proc/self"
    if (!existsSync(flow)) return context.skip("no /proc")
    const [code, said] = await refuse({ flow })
    assert.strictEqual(code, 67)
    assert.include(said, "flow folder /proc/self cannot be used")
  })

  it("refuses a ring of another layout (68)", async () => {
    const [magic] = await refuse({}, ({ ring }) => ring.u32.fill(0, header.magic / 4, header.magic / 4 + 1))
    const [version, said] = await refuse({}, ({ ring }) =>
      ring.u32.fill(7, header.layoutVersion / 4, header.layoutVersion / 4 + 1)
    )
    const [size] = await refuse({}, ({ ring }) => ring.u32.fill(2048, header.capacity / 4, header.capacity / 4 + 1))
    assert.deepStrictEqual([magic, version, size], [68, 68, 68])
    assert.include(said, "layout 7")
  })

  it("V12: names a wrong or missing argument, an address at which the library throws among them (64)", async () => {
    const [code, said] = await refuse({ front: "127.0.0.1:41213" })
    assert.strictEqual(code, 64)
    assert.include(said, 'the front "127.0.0.1:41213" is not an address; write it as tcp://host:port')
    for (const front of ["udp://127.0.0.1:41213", "xyz://h:1", "tcp://a\tb:1", `tcp://${"h".repeat(300)}:1`]) {
      const [refused, sentence] = await refuse({ front })
      assert.deepStrictEqual([refused, sentence.includes("is not an address")], [64, true], front)
    }
    for (const [args, sentence] of [
      [["--nonsense"], "--nonsense is unknown"],
      [["--flow", "x", "--front", "tcp://h:1"], "--library is missing"],
      [["--production", "yes"], '--production is "yes"; give 0 or 1'],
      [["--library", "x", "--flow", "x", "--front", "tcp://h:1"], "descriptor 3 (doorbell) is not open"]
    ] as const) {
      const closed = 'exec "$0" "$@" 3>&- 4>&-'
      const run = spawnSync("sh", ["-c", closed, nativeFile("tickd-feed-worker"), ...args], { encoding: "utf8" })
      assert.strictEqual(run.status, 64)
      assert.include(run.stderr, sentence)
    }
  })
})

describe("ends", () => {
  const running = async (env: Record<string, string> = {}) => {
    const log = new RingLog(makeRing())
    const worker = yard.start(log, { front: "bench://1:100:0", env })
    await until("connected", () => log.of("connected").length === 1)
    return worker
  }

  it("closes with code 0 at the end of stdin", async () => {
    const worker = await running()
    worker.child.stdin?.end()
    assert.deepStrictEqual(await worker.exited, { code: 0, signal: null })
    assert.isTrue(worker.log.ring.counters().closed)
  })

  it("closes with code 0 on SIGTERM, and leaves SIGINT to the daemon", async () => {
    const worker = await running()
    worker.child.kill("SIGINT")
    worker.child.kill("SIGPIPE")
    worker.send("login", "b", "u", "p")
    await until("login after SIGINT", () => worker.log.of("login").length === 1)
    worker.child.kill("SIGTERM")
    assert.deepStrictEqual(await worker.exited, { code: 0, signal: null })
  })

  it("ends with 70 when Release hangs", async () => {
    const worker = await running({ TICKD_SIM_HANG_RELEASE: "1" })
    worker.send("close")
    assert.deepStrictEqual(await worker.exited, { code: 70, signal: null })
    assert.include(worker.stderr(), "tickd-feed-worker: Release of the vendor library did not return in 3 s")
  })

  it("V9: ends with the process that started it, also when it is stopped", async () => {
    const flow = yard.folder()
    // A parent that is killed by the kernel like a daemon; its pipe to the worker's stdin stays open in another
    // process.
    const script =
      'exec 4<&0; "$0" --library "$1" --flow "$2" --front tcp://127.0.0.1:1 --parent $$ <&4 3>/dev/null & echo $!; wait'
    const args = ["-c", script, nativeFile("tickd-contract-query"), traderLibrary("65"), flow]
    const parent = spawn("sh", args, { stdio: ["pipe", "pipe", "ignore"] })
    const pid = await new Promise<number>((resolve) => parent.stdout.once("data", (text) => resolve(Number(text))))
    await until("lock", () => existsSync(join(flow, "session.lock")))
    process.kill(pid, "SIGSTOP")
    parent.kill("SIGKILL")
    await until("the query ends with its parent", () => !isRunning(pid))
  })

  it("V9: ends at once when its daemon ended before it could watch it", () => {
    const args = ["--library", "x", "--flow", yard.folder(), "--front", "tcp://h:1", "--parent", "2147483646"]
    const run = spawnSync(nativeFile("tickd-feed-worker"), args, { encoding: "utf8" })
    assert.deepStrictEqual([run.status, run.stderr], [0, ""])
    const bound = spawnSync(nativeFile("tickd-bound"), ["9", "2147483646", "echo", "started"], { encoding: "utf8" })
    assert.deepStrictEqual([bound.status, bound.stdout], [0, ""])
  })

  it("V9: ends a worker that outlived its daemon, and takes its flow folder", async () => {
    const flow = yard.folder()
    // Like a worker of an older version, which did not end with its daemon.
    const script = '"$0" --library "$1" --flow "$2" --front tcp://127.0.0.1:1 3>/dev/null <"$3" & echo $!; wait'
    const fifo = join(flow, "stdin")
    spawnSync("mkfifo", [fifo])
    const writer = spawn("sh", ["-c", 'exec sleep 60 >"$0"', fifo], { stdio: "ignore" })
    const log = new RingLog(makeRing())
    const args = ["-c", script, nativeFile("tickd-feed-worker"), simLibrary("65"), flow, fifo]
    const parent = spawn("sh", args, { stdio: ["ignore", "pipe", "ignore", "ignore", log.ring.fd] })
    const orphan = await new Promise<number>((resolve) => parent.stdout?.once("data", (text) => resolve(Number(text))))
    await until("the orphan has the folder", () => existsSync(join(flow, "DialogRsp.con")))
    parent.kill("SIGKILL")
    await until("its parent is gone", () => parent.signalCode !== null)
    assert.isTrue(isRunning(orphan))
    const next = new RingLog(makeRing())
    const worker = yard.start(next, { flow })
    await until("ready", () => next.of("ready").length === 1)
    assert.include(worker.stderr(), `ending the worker (pid ${orphan}) that a daemon (pid ${parent.pid}) left behind`)
    assert.isFalse(isRunning(orphan))
    writer.kill("SIGKILL")
  })

  it("says what it ignores and goes on", async () => {
    const worker = await running()
    worker.send("dance")
    worker.send("login", "only-a-broker")
    worker.send("login", "b", "u", "p")
    await until("login", () => worker.log.of("login").length === 1)
    assert.include(worker.stderr(), 'tickd-feed-worker: no command "dance" with 0 fields: ignored')
    assert.include(worker.stderr(), 'no command "login" with 1 fields: ignored')
  })

  it("sends the vendor's stdout to the log and leaves its own stdout empty", async () => {
    const log = new RingLog(makeRing())
    const flow = yard.folder()
    // A folder where the library expects a file: it prints an error on stdout and makes no session.
    mkdirSync(join(flow, "DialogRsp.con"))
    const worker = yard.start(log, { flow })
    let stdout = ""
    worker.child.stdout?.on("data", (text: Buffer) => {
      stdout += text.toString()
    })
    assert.deepStrictEqual(await worker.exited, { code: 65, signal: null })
    assert.strictEqual(stdout, "")
    assert.include(worker.stderr(), "RuntimeError:can not open CFlow file")
    assert.include(worker.stderr(), "made no session")
  })
})
