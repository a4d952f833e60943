// A drill must be quiet and nothing else may be: the silences of Alertmanager and of its twin in memory keep the same
// promises, and an Alertmanager that is down, slow or something else is one typed fault.
import { createServer, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import { Effect, type Layer } from "effect"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { alertSilences } from "../../../src/ops/adapters/alertmanager/alert-silences.ts"
import { makeMemorySilences } from "../../../src/ops/adapters/memory/memory-silences.ts"
import { drillSilence, type Silence, silenceReason } from "../../../src/ops/domain/drill/drill-silence.ts"
import { AlertSilences } from "../../../src/ops/ports/alert-silences.ts"
import { endCommands, stateFolder } from "../../support/cli-process.ts"
import { freePort } from "../../support/free-port.ts"
import { monitoringSettings, startAlertmanager } from "../../support/monitoring-stack.ts"
import { alertmanagerFault, findMonitoringTools } from "../../support/monitoring-tools.ts"

const alertmanager = alertmanagerFault() === undefined ? findMonitoringTools(["alertmanager"]).alertmanager : undefined
const folder = stateFolder()
const telemetryUrl = "http://127.0.0.1:9100"
const instance = "127.0.0.1:9100"

let url = ""
beforeAll(async () => {
  if (alertmanager === undefined) return
  const settings = await monitoringSettings(folder.path)
  await startAlertmanager(settings)
  url = settings.alertmanagerUrl ?? ""
})
afterAll(async () => {
  await endCommands()
  folder.remove()
})

type Use = <A, E>(use: (silences: typeof AlertSilences.Service) => Effect.Effect<A, E>) => Promise<A>
interface Subject {
  readonly use: Use
  /** Whether an alert with these labels is silent now. */
  readonly isSilent: (labels: Readonly<Record<string, string>>) => Promise<boolean>
}
const useOf =
  (layer: Layer.Layer<AlertSilences>): Use =>
  (use) =>
    Effect.runPromise(Effect.provide(Effect.flatMap(AlertSilences, use), layer))

const memory = (): Subject => {
  const silences = makeMemorySilences()
  return { use: useOf(silences.layerOf()), isSilent: async (labels) => silences.isSilent(labels, Date.now()) }
}

/** Delivers an alert, and asks what it has become. */
const isSilentThere = async (labels: Readonly<Record<string, string>>): Promise<boolean> => {
  await fetch(`${url}/api/v2/alerts`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify([{ labels }])
  })
  const filter = Object.entries(labels).map(([name, value]) => `filter=${encodeURIComponent(`${name}="${value}"`)}`)
  const answer = await fetch(`${url}/api/v2/alerts?${filter.join("&")}`)
  const [alert] = (await answer.json()) as ReadonlyArray<{
    readonly status: { readonly silencedBy: ReadonlyArray<string> }
  }>
  // An alert may be inhibited too, by the rules of the project.
  return alert !== undefined && alert.status.silencedBy.length > 0
}
const real = (): Subject => ({
  use: useOf(alertSilences({ alertmanagerUrl: url, telemetryUrl })),
  isSilent: isSilentThere
})

let runs = 0
const silenceOf = (more: Partial<Silence> = {}): Silence => ({
  ...drillSilence({ id: `drill-${++runs}`, author: "ops@test", targets: [instance], endMs: Date.now() + 60_000 }),
  ...more
})
const codeOf = <A>(effect: Effect.Effect<A, { readonly code: string }>) =>
  Effect.flip(effect).pipe(Effect.map(({ code }) => code))

const withProgram = (name: string) => it.skipIf(name === "Alertmanager" && alertmanager === undefined)

describe.each([
  ["the twin in memory", memory],
  ["Alertmanager", real]
] as const)("silences of %s", (name, make) => {
  withProgram(name)("hold for their alerts alone, until they are removed", async () => {
    const { isSilent, use } = make()
    const id = await use(({ place }) => place(silenceOf()))
    expect(await isSilent({ alertname: "MD_Feed_Silent", instance, feed: "backup" })).toBe(true)
    // An outage, the end of a drill, another machine, and a name that only begins alike.
    expect(await isSilent({ alertname: "MD_No_Feed", instance })).toBe(false)
    expect(await isSilent({ alertname: "MD_Runbook_Failure", instance: "ops-1" })).toBe(false)
    expect(await isSilent({ alertname: "MD_Feed_Silent", instance: "10.0.0.9:9100" })).toBe(false)
    expect(await isSilent({ alertname: "MD_Feed_Silent", instance: `${instance}0` })).toBe(false)
    await use(({ remove }) => remove(id))
    expect(await isSilent({ alertname: "MD_Feed_Silent", instance, feed: "backup" })).toBe(false)
    // It is over, and one that never was.
    await use(({ remove }) => remove(id))
    await use(({ remove }) => remove("6a1b2c3d-0000-4000-8000-000000000000"))
    await use(({ remove }) => remove("nonsense/../id"))
  })

  withProgram(name)("are found by their reason while they hold", async () => {
    const { use } = make()
    const [one, other] = [silenceOf(), silenceOf()]
    const id = await use(({ place }) => place(one))
    const second = await use(({ place }) => place(other))
    expect(await use(({ find }) => find(one.reason))).toEqual([id])
    expect(await use(({ find }) => find(silenceReason("drill-never")))).toEqual([])
    await use(({ remove }) => remove(id))
    expect(await use(({ find }) => find(one.reason))).toEqual([])
    expect(await use(({ find }) => find(other.reason))).toEqual([second])
    await use(({ remove }) => remove(second))
  })

  withProgram(name)("end by themselves", async () => {
    const { isSilent, use } = make()
    const labels = { alertname: "MD_Redundancy_Lost", instance, of: name }
    await use(({ place }) => place(silenceOf({ endMs: Date.now() + 600 })))
    expect(await isSilent(labels)).toBe(true)
    await new Promise((resolve) => setTimeout(resolve, 700))
    expect(await isSilent(labels)).toBe(false)
  })

  withProgram(name)("are refused with an end in the past, and when they match everything", async () => {
    const { use } = make()
    expect(await use(({ place }) => codeOf(place(silenceOf({ endMs: Date.now() - 1_000 }))))).toBe("REFUSED")
    const all = silenceOf({ matchers: [{ label: "alertname", value: ".*", isPattern: true }] })
    expect(await use(({ place }) => codeOf(place(all)))).toBe("REFUSED")
  })
})

describe("an Alertmanager that does not work", () => {
  let server: Server
  let answer = { status: 200, text: "" as string | undefined }
  let broken = ""
  beforeAll(async () => {
    server = createServer((_, response) => {
      if (answer.text === undefined) return
      response.statusCode = answer.status
      response.end(answer.text)
    })
    await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve))
    broken = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  })
  afterAll(() => {
    server.closeAllConnections()
    server.close()
  })
  const faultsAt = async (alertmanagerUrl: string | undefined) => {
    const use = useOf(alertSilences({ alertmanagerUrl, telemetryUrl }))
    const { find, place, remove } = await use((silences) => Effect.succeed(silences))
    return Promise.all(
      [place(silenceOf()), remove("1"), find("x")].map((call) =>
        Effect.runPromise(
          Effect.flip(call as Effect.Effect<unknown, { readonly code: string; readonly message: string }>)
        )
      )
    )
  }
  const page = "<html><body>Sign in</body></html>"

  it("is one typed fault, whatever it answers", async () => {
    for (const status of [200, 302, 404]) {
      answer = { status, text: page }
      for (const fault of await faultsAt(broken)) {
        expect(fault, `${status}`).toMatchObject({ code: "NOT_ALERTMANAGER" })
        expect(fault.message).toBe(
          `Alertmanager at ${broken} is something else: it answered ${status} with ${JSON.stringify(page)}`
        )
      }
    }
    answer = { status: 200, text: "{}" }
    const [placed, , found] = await faultsAt(broken)
    for (const fault of [placed, found]) expect(fault).toMatchObject({ code: "NOT_ALERTMANAGER" })
    answer = { status: 502, text: page }
    for (const fault of await faultsAt(broken)) expect(fault).toMatchObject({ code: "NO_ANSWER" })
    const nowhere = `http://127.0.0.1:${await freePort()}`
    for (const fault of await faultsAt(nowhere)) {
      expect(fault).toMatchObject({ code: "UNREACHABLE" })
      expect(fault.message).toMatch(/^Alertmanager at http:\/\/127\.0\.0\.1:\d+ does not answer \(.*ECONNREFUSED/)
    }
    for (const fault of await faultsAt(undefined)) expect(fault).toMatchObject({ code: "NOT_CONFIGURED" })
  })

  it("has three seconds", async () => {
    answer = { status: 200, text: undefined }
    const beganMs = performance.now()
    for (const fault of await faultsAt(broken)) {
      expect(fault).toMatchObject({ code: "NO_ANSWER", message: `Alertmanager at ${broken} did not answer within 3 s` })
    }
    expect(performance.now() - beganMs).toBeLessThan(4_000)
  })
})
