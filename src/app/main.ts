import * as NodeServices from "@effect/platform-node/NodeServices"
import { Cause, Effect, Exit, Fiber, Layer } from "effect"
import { Command } from "effect/cli"
import { askSubscriptions, sendCommand, sendFailover, sendSymbols } from "../cli/ask/command-query.ts"
import { askStates, askTree, watchStates } from "../cli/ask/state-query.ts"
import { askStatus } from "../cli/ask/status-query.ts"
import { auditCommand } from "../cli/audit.ts"
import { readAudit } from "../cli/audit-program.ts"
import { calendarCommand } from "../cli/calendar.ts"
import { certificateCommand } from "../cli/certificate.ts"
import { askCertificates } from "../cli/certificate-program.ts"
import {
  drainCommand,
  failoverHoldCommand,
  failoverReleaseCommand,
  logLevelCommand,
  refreshContractsCommand,
  restartCommand,
  retryCommand
} from "../cli/commands.ts"
import { consumersCommand } from "../cli/consumers.ts"
import { askConsumers } from "../cli/consumers-program.ts"
import { contractsCommand } from "../cli/contracts.ts"
import { demoCommand } from "../cli/demo.ts"
import { failbackCommand, failoverCommand } from "../cli/failover.ts"
import { feedCommand } from "../cli/feed.ts"
import { frontCommand } from "../cli/front.ts"
import { checkHealth } from "../cli/health/health-program.ts"
import { healthCommand } from "../cli/health.ts"
import { historyCommand } from "../cli/history.ts"
import { injectCommand } from "../cli/inject.ts"
import { sendInjection } from "../cli/inject-command.ts"
import { contextFlag, useContext } from "../cli/nats/nats-context.ts"
import { runNatsInit } from "../cli/nats/nats-init.ts"
import { runNatsRenew } from "../cli/nats/nats-renew.ts"
import { natsCommand } from "../cli/nats.ts"
import { runCommand } from "../cli/run.ts"
import { simulateCommand } from "../cli/simulate.ts"
import { stateCommand } from "../cli/state.ts"
import { askHistory } from "../cli/state-history.ts"
import { statusCommand } from "../cli/status.ts"
import { coloured, plain } from "../cli/status-summary.ts"
import { streamsCommand } from "../cli/streams.ts"
import { subscribeAll } from "../cli/subscribe-all/subscribe-all.ts"
import { subscriptionsCommand, symbolsCommand } from "../cli/subscriptions.ts"
import { tailCommand } from "../cli/tail.ts"
import { runTail } from "../cli/tail-program.ts"
import { usageLayer } from "../cli/terminal/usage.ts"
import { treeCommand } from "../cli/tree.ts"
import { parseContractFile } from "../market/adapters/catalogue/contract-file.ts"
import { watchProcess } from "../platform/process/exit.ts"
import { projectVersion } from "../platform/process/project-version.ts"
import { exitCodeOf, exitCodes, sentenceOf, UserError } from "../platform/process/user-error.ts"
import { frontFaultHelp } from "../simulator/front/front-fault.ts"
import { runCalendarCheck, runCalendarShow } from "./calendar.ts"
import { runContractsDiff, runContractsList, runContractsShow } from "./contracts.ts"
import { runContractsRefresh } from "./contracts-refresh.ts"
import { runDemo } from "./demo/demo.ts"
import { runFrontProgram } from "./front.ts"
import { runDaemonProgram } from "./run.ts"
import { runSimulation } from "./simulate.ts"
import { askStreams, streamsDiffer } from "./streams.ts"

const leave = watchProcess()
const { asked } = leave
/** Colour is for people: a terminal that has not been asked to go without. Source: no-color.org. */
const isColoured =
  process.stdout.isTTY === true && (process.env["NO_COLOR"] ?? "") === "" && process.env["TERM"] !== "dumb"
/** The verb did its work and told what it found; scripts see that not all is well. */
const incomplete = Effect.sync(() => void (process.exitCode = exitCodes.checkFailed))

const tickd = Command.make("tickd").pipe(
  Command.withDescription(
    "Market data of China's futures exchanges: CTP sessions in, every tick accounted for, NATS JetStream out"
  ),
  Command.withSubcommands([
    {
      group: "Run",
      commands: [
        runCommand((options) => Effect.scoped(runDaemonProgram(options, leave))),
        demoCommand((options) => Effect.scoped(runDemo(options, leave))),
        frontCommand(frontFaultHelp, (options) => Effect.raceFirst(runFrontProgram(options), asked)),
        simulateCommand((options) => Effect.raceFirst(runSimulation(options), asked))
      ]
    },
    {
      group: "Look",
      commands: [
        statusCommand(askStatus, isColoured ? coloured : plain),
        treeCommand(askTree),
        stateCommand(askStates, (query) => Effect.raceFirst(watchStates(query), asked)),
        historyCommand(askHistory),
        subscriptionsCommand(askSubscriptions),
        tailCommand((options) => Effect.raceFirst(runTail(options), asked)),
        consumersCommand(askConsumers),
        certificateCommand(askCertificates),
        auditCommand(readAudit)
      ]
    },
    {
      group: "Command (audited)",
      commands: [
        symbolsCommand("subscribe", sendSymbols, incomplete),
        symbolsCommand("unsubscribe", sendSymbols, incomplete),
        symbolsCommand("resubscribe", sendSymbols, incomplete),
        failoverCommand(sendFailover, incomplete),
        failbackCommand(sendFailover, incomplete),
        failoverHoldCommand(sendCommand),
        failoverReleaseCommand(sendCommand),
        refreshContractsCommand(sendCommand),
        retryCommand(sendCommand),
        restartCommand(sendCommand),
        logLevelCommand(sendCommand),
        drainCommand(sendCommand),
        injectCommand(sendInjection)
      ]
    },
    {
      group: "Check and set up",
      commands: [
        healthCommand(checkHealth(parseContractFile), (code) => Effect.sync(() => void (process.exitCode = code))),
        feedCommand((query) => subscribeAll(query, asked), incomplete),
        contractsCommand(
          (options) => Effect.raceFirst(runContractsRefresh(options), asked),
          runContractsList,
          runContractsShow,
          runContractsDiff
        ),
        calendarCommand(runCalendarShow, runCalendarCheck),
        streamsCommand(askStreams, streamsDiffer),
        natsCommand(runNatsInit, runNatsRenew)
      ]
    }
  ]),
  Command.withGlobalFlags([contextFlag])
)

const program = Effect.andThen(useContext(process.argv), Command.run(tickd, { version: projectVersion })).pipe(
  Effect.provide(Layer.merge(NodeServices.layer, usageLayer))
)

const exit = await Effect.runPromise(Effect.flatMap(Effect.forkChild(program), Fiber.await))
if (Exit.isFailure(exit)) {
  const code = leave.codeOf(exitCodeOf(exit.cause))
  // The command-line parser has printed its own reason.
  if (code !== exitCodes.wrongUse || Cause.squash(exit.cause) instanceof UserError) {
    process.stderr.write(`tickd: ${sentenceOf(exit.cause)}\n`)
  }
  process.exit(code)
}
if (leave.lastSentence !== undefined) process.stderr.write(`tickd: ${leave.lastSentence}\n`)
// A pipe takes 64 KB at a time: what a verb printed must be out before the process ends. A log has no such claim.
await new Promise<void>((written) => {
  process.stdout.write("", () => written())
  if (leave.hasDrained) setTimeout(written, 1000)
})
// Sockets of abandoned work must not keep a finished verb alive.
process.exit(leave.codeOf(Number(process.exitCode ?? exitCodes.done)))
