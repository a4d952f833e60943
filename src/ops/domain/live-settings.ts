import type { ManagedParts } from "./plan.ts"
import type { RuntimeName, StackService } from "./runtime-words.ts"

/** A variable that some program of tickd reads. */
export interface DeclaredVariable {
  readonly name: string
  readonly aliases?: ReadonlyArray<string>
  readonly secret?: "value" | "account" | "url"
  /** The variable holds the path of a file with this secret. */
  readonly credential?: string
}

/** What the runtimes systemd and compose are made from. */
export interface RuntimeSettings {
  /** Undefined: it is chosen by what the machine has. */
  readonly wanted: RuntimeName | undefined
  readonly units: Readonly<Record<StackService, string>>
  readonly compose: {
    readonly project: string
    /** Absolute path of the compose file. */
    readonly file: string
    /** A variable names the project or the file: this machine is meant to run containers. */
    readonly isConfigured: boolean
  }
}

/**
 * What the adapters of a run are made from. `variables`: the env file over the environment of the process, credentials
 * before both. Folders are absolute.
 */
export interface LiveSettings {
  readonly variables: Readonly<Record<string, string | undefined>>
  /** Every variable of tickd: a program gets these and no other ones of the operator's environment. */
  readonly declared: ReadonlyArray<DeclaredVariable>
  readonly managed: ManagedParts
  /** Process ids, kept settings, journal and queue of the runs on this machine; mode 0700. */
  readonly runDir: string
  readonly logDir: string
  /** Root of the project: programs, `deploy/` and `.tools/` are below it. */
  readonly projectDir: string
  /** Root of the tickd that is started, where a rollback starts another one; omit: `projectDir`. */
  readonly tickdDir?: string
  readonly instance: string
  readonly stateDir: string
  readonly natsUrl: string
  /** Base address of the daemon's telemetry, such as `http://127.0.0.1:9100`. */
  readonly telemetryUrl: string
  readonly pushgatewayUrl: string
  readonly prometheusUrl: string
  /** Where Prometheus sends alerts; undefined: nowhere, and no Alertmanager is started. */
  readonly alertmanagerUrl: string | undefined
  /** Folder of the files with the addresses of those who get alerts, one URL each. */
  readonly receiversDir: string
  readonly runtimes: RuntimeSettings
}
