// A killed process must leave nothing that runs, and nothing on disk that stays: not a worker that holds a login and
// its flow folder, not a server that holds a port, not a folder of a demo for each kill.
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { afterEach, expect, it } from "vitest"
import {
  demoAddresses,
  endCommands,
  eventually,
  freePorts,
  isRunning,
  natsPid,
  startTickd
} from "../support/cli-process.ts"
import { projectRoot } from "../support/nats-server.ts"

afterEach(endCommands)

/** Child processes of this one. */
const childrenOf = (parent: number): ReadonlyArray<{ readonly pid: number; readonly name: string }> =>
  readdirSync("/proc").flatMap((entry) => {
    try {
      const [, name = "", ppid] = /\((.*)\) \S (\d+)/.exec(readFileSync(`/proc/${entry}/stat`, "utf8")) ?? []
      return Number(ppid) === parent ? [{ pid: Number(entry), name }] : []
    } catch {
      return []
    }
  })

it("V9: kill -9 of a demo ends its worker, front and nats-server, even stopped ones, and the next demo removes its folder", async () => {
  const demo = startTickd(["demo", ...freePorts])
  const { workerPid } = await demoAddresses(demo)
  const folders = () => readdirSync(join(projectRoot, ".state")).filter((name) => name.startsWith(`demo-${demo.pid}-`))
  const [folder = ""] = folders()
  const server = natsPid(join(projectRoot, ".state", folder))
  const children = childrenOf(demo.pid)
  expect(children.map(({ pid }) => pid)).toEqual(expect.arrayContaining([workerPid, server]))
  expect(children.length).toBeGreaterThanOrEqual(4)
  // The watch of the server is a shell; everything else is stopped, like a hung process.
  for (const { pid, name } of children) if (name !== "sh") process.kill(pid, "SIGSTOP")
  demo.child.kill("SIGKILL")
  await demo.ended
  for (const { pid, name } of children) await eventually(`${name} ends`, () => !isRunning(pid) || undefined)
  // Until here no part of the demo could remove its folder. Any demo that starts now does, also one of another test.
  const next = startTickd(["demo", ...freePorts])
  await demoAddresses(next)
  expect(existsSync(join(projectRoot, ".state", folder))).toBe(false)
  next.child.kill("SIGTERM")
  expect((await next.ended).code).toBe(0)
})
