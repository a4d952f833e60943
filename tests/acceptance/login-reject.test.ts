// A drill that ends with a session down for good is no drill: after login-reject the session must stream again by
// itself.
import { afterAll, expect, it } from "vitest"
import {
  demoAddresses,
  endCommands,
  eventually,
  freePorts,
  lastJson,
  startTickd,
  tickd
} from "../support/cli-process.ts"

afterAll(endCommands)

it("login-reject: the session is rejected, reported, and streams again when its time is over", async () => {
  const demo = startTickd(["demo", "--for", "60s", "--json", "--instruments", "50", "--rate", "200", ...freePorts])
  const { nats } = await demoAddresses(demo)
  const session = async () =>
    JSON.parse((await tickd(["state", "session-primary", "--json", "--server", nats])).stdout) as {
      readonly state: string
      readonly since: string
      readonly context: Readonly<Record<string, unknown>>
    }
  await eventually("streaming", async () => (await session()).state === "streaming")

  const refused = await tickd(["inject", "login-reject", "--feed", "primary", "--for", "2s", "--server", nats])
  expect(refused.code).not.toBe(0)
  expect(refused.stderr).toMatch(/would be over before the session logs in again.*\[DRILL_NOT_POSSIBLE\]/)

  const order = await tickd(["inject", "login-reject", "--feed", "primary", "--for", "10s", "--server", nats])
  expect(order.code, order.stderr).toBe(0)
  const rejected = await eventually("rejected", async () => {
    const now = await session()
    return now.state === "rejected" ? now : undefined
  })
  expect(rejected.context["lastError"]).toMatch(/^login refused, error 3: /)
  // U3: the verb that the log names; the front still refuses, so the session is rejected once more.
  const retried = await tickd(["retry", "--feed", "primary", "--reason", "new password", "--server", nats])
  expect(retried.code, retried.stderr).toBe(0)
  expect(retried.stdout).toMatch(/^the session of primary tries again now, .* \[audit /)
  const back = await eventually(
    "streaming again",
    async () => {
      const now = await session()
      return now.state === "streaming" ? now : undefined
    },
    25_000
  )
  expect(Date.parse(back.since) - Date.parse(rejected.since)).toBeGreaterThan(5000)

  const told = await tickd(["history", "session-primary", "--since", "1m", "--server", nats])
  expect(told.stdout).toMatch(/loggingIn → rejected {2}on LOGIN_REFUSED/)
  expect(told.stdout).toMatch(/rejected → (awaitingLogin|loggingIn) {2}on RETRY_ASKED/)
  demo.child.kill("SIGTERM")
  const { code, stdout } = await demo.ended
  expect(code).toBe(0)
  expect(lastJson(stdout)).toMatchObject({ balanced: true, in_flight: 0 })
})
