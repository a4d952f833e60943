import { createServer, type Server } from "node:net"
import { Effect, Layer } from "effect"
import { CommandError, type CommandLine, CommandRunner, commandText } from "../../src/ops/ports/command-runner.ts"

interface Unit {
  load: string
  active: string
  sub: string
  invocation: string
  result: string
  exitStatus: number
  readonly environmentFiles: ReadonlyArray<string>
  /** Opened by a start, as the unit's program does. */
  readonly port?: number
  server?: Server
}

const question =
  "systemctl --no-ask-password --no-pager show --property=Id,LoadState,ActiveState,SubState,MainPID,InvocationID,Result,ExecMainStatus,NeedDaemonReload,EnvironmentFiles --"

/**
 * Answers the command lines of the runtime systemd as `systemctl` does, and refuses every other one. There is no
 * systemd in a test.
 */
export const standInSystemd = () => {
  const units = new Map<string, Unit>()
  const asked: Array<string> = []
  /** What the next start or stop of a unit meets. */
  const faults = new Map<string, "startEnds" | "stopIsKilled" | "denied">()
  const machine = { isBooted: true }
  let starts = 0
  const install = (name: string, more: Partial<Unit> = {}) =>
    units.set(name, {
      load: "loaded",
      active: "inactive",
      sub: "dead",
      invocation: "",
      result: "success",
      exitStatus: 0,
      environmentFiles: [],
      ...more
    })
  const unitOf = (name: string): Unit =>
    units.get(name) ?? {
      load: "not-found",
      active: "inactive",
      sub: "dead",
      invocation: "",
      result: "success",
      exitStatus: 0,
      environmentFiles: []
    }
  /** As `systemctl start` or a boot does. */
  const startUnit = async (name: string) => {
    const unit = unitOf(name)
    unit.invocation = `invocation-${++starts}`
    if (faults.get(name) === "startEnds") {
      Object.assign(unit, { active: "activating", sub: "auto-restart", result: "exit-code", exitStatus: 78 })
      return
    }
    Object.assign(unit, { active: "active", sub: "running", result: "success", exitStatus: 0 })
    if (unit.port !== undefined) {
      const server = createServer()
      unit.server = server
      await new Promise<void>((resolve) => server.listen(unit.port, "127.0.0.1", resolve))
    }
  }
  const stopUnit = async (name: string) => {
    const unit = unitOf(name)
    await new Promise<void>((resolve) => (unit.server === undefined ? resolve() : unit.server.close(() => resolve())))
    const isKilled = faults.get(name) === "stopIsKilled"
    Object.assign(
      unit,
      isKilled ? { active: "failed", sub: "failed", result: "timeout" } : { active: "inactive", sub: "dead" }
    )
  }
  const show = (name: string) => {
    const unit = unitOf(name)
    return [
      `Id=${name}`,
      `LoadState=${unit.load}`,
      `ActiveState=${unit.active}`,
      `SubState=${unit.sub}`,
      `MainPID=${unit.active === "active" ? 4711 : 0}`,
      `InvocationID=${unit.invocation}`,
      `Result=${unit.result}`,
      `ExecMainStatus=${unit.exitStatus}`,
      "NeedDaemonReload=no",
      ...unit.environmentFiles.map((path) => `EnvironmentFiles=${path} (ignore_errors=no)`)
    ].join("\n")
  }
  const failed = (command: CommandLine, lastWords: string) =>
    Effect.fail(
      new CommandError({
        reason: "failed",
        exitCode: 1,
        lastWords,
        message: `${commandText(command)} ended with 1: ${lastWords}`
      })
    )
  const run = (command: CommandLine): Effect.Effect<string, CommandError> => {
    const text = commandText(command)
    if (command.environment["LC_ALL"] !== "C") return Effect.die(new Error(`${text} in the operator's language`))
    if (!machine.isBooted) return failed(command, "System has not been booted with systemd as init system (PID 1).")
    if (text.startsWith(question)) {
      const names = text.slice(question.length).trim().split(" ")
      return Effect.succeed(`${names.map(show).join("\n\n")}\n`)
    }
    const [, verb = "", name = ""] =
      /^systemctl --no-ask-password --no-pager (start --no-block|stop|reset-failed) -- (\S+)$/.exec(text) ?? []
    const [, journal] = /^journalctl --no-pager --output=cat --lines 3 --unit (\S+)$/.exec(text) ?? []
    if (journal !== undefined) return Effect.succeed("CTP_PRIMARY_USER_ID is missing\n")
    if (verb === "") return Effect.die(new Error(`systemd was asked ${text}`))
    asked.push(`${verb.split(" ")[0]} ${name}`)
    if (verb === "reset-failed") return Effect.succeed("")
    if (faults.get(name) === "denied")
      return failed(command, `Failed to start ${name}: Interactive authentication required.`)
    return Effect.as(
      Effect.promise(() => (verb === "stop" ? stopUnit(name) : startUnit(name))),
      ""
    )
  }
  return Object.assign(machine, {
    asked,
    close: () => Promise.all([...units.keys()].map(stopUnit)),
    faults,
    install,
    layer: Layer.succeed(CommandRunner, { run }),
    startUnit,
    stopUnit,
    unitOf
  })
}
