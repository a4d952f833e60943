// A changed password must cost no tick: two fronts that check passwords, real workers, and what is stored held against
// the market itself.
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterEach, expect, it } from "vitest"
import { endCommands, lastJson, stateFolder, tickd } from "../support/cli-process.ts"
import { checkAgainstMarket } from "../support/market-oracle.ts"
import { makeTwoFeeds, publishedOf } from "../support/two-feeds.ts"

let folder: ReturnType<typeof stateFolder> | undefined
afterEach(async () => {
  await endCommands()
  folder?.remove()
  folder = undefined
})

it("new secrets are taken without a gap; a wrong one leads back to the former, and the session stays up", async () => {
  folder = stateFolder()
  const { path } = folder
  const handler = await makeTwoFeeds(path, { instruments: 60, rate: 3000 })
  const { fronts } = handler
  type Feed = keyof typeof fronts
  const fileOf = (feed: Feed) => join(path, `password-${feed}`)
  const write = (feed: Feed, text: string) => writeFileSync(fileOf(feed), `${text}\n`, { mode: 0o600 })
  const setFront = async (feed: Feed, password: string) => {
    fronts[feed].child.stdin?.write(`password ${password}\n`)
    // A front that does not take the command must not hold the test up.
    const late = new Promise((_, reject) => setTimeout(() => reject(new Error(`${feed} did not obey`)), 10_000).unref())
    await Promise.race([fronts[feed].printed(new RegExp(`"command":"password ${password}"`)), late])
  }
  for (const feed of ["primary", "backup"] as const) {
    write(feed, `${feed}-secret-1`)
    await setFront(feed, `${feed}-secret-1`)
  }
  handler.startBroker()
  const daemon = await handler.startDaemon({
    CTP_PRIMARY_PASSWORD: "",
    CTP_PRIMARY_PASSWORD_FILE: fileOf("primary"),
    CTP_BACKUP_PASSWORD: "",
    CTP_BACKUP_PASSWORD_FILE: fileOf("backup")
  })
  await daemon.until("both feeds", ({ sessions }) => sessions.every(({ state }) => state === "streaming"))
  await daemon.until("ticks", (status) => publishedOf(status) > 3000)
  const order = async (...args: ReadonlyArray<string>) => {
    const to = ["--json", "--server", handler.nats, "--instance", "acceptance", "--reason", "new secret"]
    const { code, stdout, stderr } = await tickd([...args, ...to])
    return { code, stderr, reply: code === 0 ? lastJson(stdout) : {} }
  }
  const reload = (feed: Feed) => order("login-reload", "--feed", feed)
  const stateOf = async (feed: Feed) => (await daemon.status()).sessions.find((each) => each.feed === feed)?.state

  const early = await reload("primary")
  expect(early.stderr).toMatch(/primary is the active feed.*\[FEED_IS_ACTIVE\]/)
  expect((await reload("backup")).reply).toMatchObject({ result: "unchanged" })

  write("backup", "backup-wrong")
  const wrong = await reload("backup")
  expect(wrong.code).not.toBe(0)
  expect(wrong.stderr).toMatch(/login refused, error 3.*former secret again.*\[LOGIN_ROLLED_BACK\]/)
  expect(await stateOf("backup")).toBe("streaming")
  expect(await stateOf("primary")).toBe("streaming")

  await setFront("backup", "backup-secret-2")
  write("backup", "backup-secret-2")
  expect((await reload("backup")).reply).toMatchObject({ feed: "backup", result: "committed" })
  expect((await order("failover")).reply).toMatchObject({ active: "backup", switch: { result: "committed" } })
  await setFront("primary", "primary-secret-2")
  write("primary", "primary-secret-2")
  expect((await reload("primary")).reply).toMatchObject({ feed: "primary", result: "committed" })
  expect((await order("failback")).reply).toMatchObject({ active: "primary", switch: { result: "committed" } })

  const before = publishedOf(await daemon.status())
  await daemon.until("ticks behind it", (status) => publishedOf(status) > before + 3000)
  daemon.child.kill("SIGTERM")
  const end = await daemon.ended
  expect(end.code, end.stderr).toBe(0)
  for (const text of [end.stdout, end.stderr]) expect(text).not.toMatch(/-secret-|backup-wrong/)
  const stored = await handler.stored()
  expect(checkAgainstMarket(handler.plan, stored)).toBe(stored.length)
  // A login is a moment without a session: reported, and also that the other feed had every tick of it.
  for (const [feed, other] of [
    ["primary", "backup"],
    ["backup", "primary"]
  ] as const) {
    const last = [...new Map((await handler.gaps(feed)).map((gap) => [gap.id, gap])).values()]
    for (const gap of last) expect(gap).toMatchObject({ cause: "session_down", state: "closed", covered_by: other })
  }
})
