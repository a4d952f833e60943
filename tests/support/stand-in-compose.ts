import { readFileSync } from "node:fs"
import { Effect, Layer } from "effect"
import { CommandError, type CommandLine, CommandRunner, commandText } from "../../src/ops/ports/command-runner.ts"
import { parseEnvFile } from "../../src/platform/process/env-file.ts"

interface StandInContainer {
  readonly id: string
  readonly service: string
  readonly settings: string
  /** The env file that it was created with. */
  readonly variables: Readonly<Record<string, string>>
  state: string
  exitCode: number
}

/**
 * Answers the command lines of the runtime compose as docker compose 2.26 does, and refuses every other one. There is
 * no engine in a test. The rows of `ps` have the form that this version printed.
 */
export const standInCompose = (file: string) => {
  const asked: Array<string> = []
  const faults = new Map<string, "startEnds" | "stopIsKilled" | "noImage">()
  /** `plugin`: `docker compose`; `program`: only `docker-compose`; `none`: neither. */
  const tool = { kind: "plugin" as "plugin" | "program" | "none", engine: true, asArray: false }
  let containers: Array<StandInContainer> = []
  let created = 0
  const ended = (command: CommandLine, reason: "missing" | "failed", lastWords: string) =>
    Effect.fail(
      new CommandError({
        reason,
        lastWords,
        message: `${commandText(command)} ended with 1: ${lastWords}`,
        exitCode: 1
      })
    )
  const row = ({ exitCode, id, service, settings, state }: StandInContainer) =>
    JSON.stringify({
      Command: '"x"',
      CreatedAt: "2026-05-28 20:26:40 +0000 UTC",
      ExitCode: exitCode,
      Health: "",
      ID: id,
      Image: service,
      Labels: `com.docker.compose.depends_on=nats:service_started:false,tickd.settings=${settings},com.docker.compose.service=${service}`,
      Name: `tickd-${service}-1`,
      Project: "tickd",
      Publishers: null,
      Service: service,
      State: state,
      Status: state === "running" ? "Up 2 hours" : `Exited (${exitCode}) 5 minutes ago`
    })
  /** As `docker compose up` or a boot does. */
  const create = (service: string, settings = "", variables: Readonly<Record<string, string>> = {}) => {
    const last = containers.find((own) => own.service === service)
    const same = last !== undefined && last.settings === settings ? last : undefined
    const ends = faults.get(service) === "startEnds"
    const state = ends ? { state: "exited", exitCode: 78 } : { state: "running", exitCode: 0 }
    if (same !== undefined) return void Object.assign(same, state)
    const id = String(++created).padStart(12, "0")
    containers = [...containers.filter((own) => own !== last), { id, service, settings, variables, ...state }]
  }
  const answer = (command: CommandLine, words: string): Effect.Effect<string, CommandError> => {
    if (words === "version") return Effect.succeed("Docker Compose version v2.26.1\n")
    if (!tool.engine)
      return ended(command, "failed", "Cannot connect to the Docker daemon. Is the docker daemon running?")
    if (words === "--project-name tickd ps --all --format json") {
      const rows = containers.map(row)
      return Effect.succeed(tool.asArray ? `[${rows.join(",")}]` : rows.map((text) => `${text}\n`).join(""))
    }
    const [, envPath = "", names] =
      /^--project-name tickd --file (?:\S+) --env-file (\S+) --profile live up --detach --no-deps --no-build --pull never (.+)$/.exec(
        words
      ) ?? []
    if (names !== undefined && words.includes(` --file ${file} `)) {
      const { TICKD_ENV_FILE, TICKD_SETTINGS = "" } = command.environment
      if (TICKD_ENV_FILE !== envPath) return Effect.die(new Error("The container gets another env file"))
      asked.push(`up ${names}`)
      if (names.split(" ").some((name) => faults.get(name) === "noImage")) {
        return ended(command, "failed", "Error response from daemon: No such image: tickd-tickd:latest")
      }
      const { values } = parseEnvFile(readFileSync(envPath, "utf8"))
      const variables = Object.fromEntries([...values].map(([name, { value }]) => [name, value]))
      for (const name of names.split(" ")) create(name, name === "tickd" ? TICKD_SETTINGS : "", variables)
      return Effect.succeed("")
    }
    const [, verb, grace, service] = /^--project-name tickd (start|stop --timeout (\d+)) (\w+)$/.exec(words) ?? []
    const own = containers.find((container) => container.service === service)
    if (verb !== undefined && service !== undefined && own !== undefined) {
      asked.push(grace === undefined ? `start ${service}` : `stop ${service} within ${grace} s`)
      const isKilled = faults.get(service) === "stopIsKilled"
      Object.assign(own, grace === undefined ? { state: "running" } : { state: "exited", exitCode: isKilled ? 137 : 0 })
      return Effect.succeed("")
    }
    if (/^--project-name tickd logs --no-color --no-log-prefix --tail 3 \w+$/.test(words)) {
      return Effect.succeed("CTP_PRIMARY_USER_ID is missing\n")
    }
    return Effect.die(new Error(`docker compose was asked ${words}`))
  }
  const run = (command: CommandLine): Effect.Effect<string, CommandError> => {
    const isPlugin = command.program === "docker" && command.args[0] === "compose"
    if (!isPlugin && command.program !== "docker-compose") return Effect.die(new Error(commandText(command)))
    if (tool.kind === "none") return ended(command, "missing", "")
    if (isPlugin !== (tool.kind === "plugin"))
      return ended(command, "missing", "docker: unknown command: docker compose")
    return answer(command, (isPlugin ? command.args.slice(1) : command.args).join(" "))
  }
  return {
    asked,
    containers: () => containers,
    containerOf: (service: string) => containers.find((own) => own.service === service),
    create,
    faults,
    layer: Layer.succeed(CommandRunner, { run }),
    tool
  }
}
