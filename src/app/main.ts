import * as NodeServices from "@effect/platform-node/NodeServices"
import { Cause, Effect, Exit, Fiber, Layer } from "effect"
import { Command } from "effect/cli"
import { auditCommand } from "../cli/audit.ts"
import { calendarCommand } from "../cli/calendar.ts"
import { certificateCommand } from "../cli/certificate.ts"
import { consumersCommand } from "../cli/consumers.ts"
import { contractsCommand } from "../cli/contracts.ts"
import { demoCommand } from "../cli/demo.ts"
import { failbackCommand, failoverCommand } from "../cli/failover.ts"
import { feedCommand } from "../cli/feed.ts"
import { frontCommand } from "../cli/front.ts"
import { healthCommand } from "../cli/health.ts"
import { historyCommand } from "../cli/history.ts"
import { injectCommand } from "../cli/inject.ts"
import { natsCommand } from "../cli/nats.ts"
import {
  drainCommand,
  failoverHoldCommand,
  failoverReleaseCommand,
  logLevelCommand,
  refreshContractsCommand,
  restartCommand,
  retryCommand
} from "../cli/orders.ts"
import { runCommand } from "../cli/run.ts"
import { simulateCommand } from "../cli/simulate.ts"
import { stateCommand } from "../cli/state.ts"
import { statusCommand } from "../cli/status.ts"
import { coloured, plain } from "../cli/status-summary.ts"
import { streamsCommand } from "../cli/streams.ts"
import { subscriptionsCommand, symbolsCommand } from "../cli/subscriptions.ts"
import { tailCommand } from "../cli/tail.ts"
import { treeCommand } from "../cli/tree.ts"
import { frontFaultHelp } from "../simulator/front-fault.ts"
import { readAudit } from "./audit-program.ts"
import { runCalendarCheck, runCalendarShow } from "./calendar-program.ts"
import { askCertificates } from "./certificate-program.ts"
import { askConsumers } from "./consumers-program.ts"
import { runContractsDiff, runContractsList, runContractsShow } from "./contracts-program.ts"
import { runContractsRefresh } from "./contracts-refresh-program.ts"
import { runDemo } from "./demo.ts"
import { watchProcess } from "./exit.ts"
import { runFrontProgram } from "./front-program.ts"
import { checkHealth } from "./health-program.ts"
import { orderInjection } from "./inject-order.ts"
import { contextFlag, useContext } from "./nats-context.ts"
import { runNatsInit } from "./nats-init.ts"
import { askSubscriptions, sendFailover, sendOrder, sendSymbols } from "./order-query.ts"
import { projectVersion } from "./project-version.ts"
import { runDaemonProgram } from "./run-program.ts"
import { runSimulation } from "./simulate/simulate-program.ts"
import { askHistory } from "./state-history.ts"
import { askStates, askTree, watchStates } from "./state-query.ts"
import { askStatus } from "./status-query.ts"
import { askStreams, streamsDiffer } from "./streams-program.ts"
import { subscribeAll } from "./subscribe-all.ts"
import { runTail } from "./tail-program.ts"
import { usageLayer } from "./usage.ts"
import { exitCodeOf, exitCodes, sentenceOf, UserError } from "./user-error.ts"

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
      group: "Order (audited)",
      commands: [
        symbolsCommand("subscribe", sendSymbols, incomplete),
        symbolsCommand("unsubscribe", sendSymbols, incomplete),
        symbolsCommand("resubscribe", sendSymbols, incomplete),
        failoverCommand(sendFailover, incomplete),
        failbackCommand(sendFailover, incomplete),
        failoverHoldCommand(sendOrder),
        failoverReleaseCommand(sendOrder),
        refreshContractsCommand(sendOrder),
        retryCommand(sendOrder),
        restartCommand(sendOrder),
        logLevelCommand(sendOrder),
        drainCommand(sendOrder),
        injectCommand(orderInjection)
      ]
    },
    {
      group: "Check and set up",
      commands: [
        healthCommand(checkHealth, (code) => Effect.sync(() => void (process.exitCode = code))),
        feedCommand((query) => subscribeAll(query, asked), incomplete),
        contractsCommand(
          (options) => Effect.raceFirst(runContractsRefresh(options), asked),
          runContractsList,
          runContractsShow,
          runContractsDiff
        ),
        calendarCommand(runCalendarShow, runCalendarCheck),
        streamsCommand(askStreams, streamsDiffer),
        natsCommand(runNatsInit)
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
