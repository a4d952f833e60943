/** Discovery of a NATS micro service: subjects and replies. Source: NATS ADR-32, `io.nats.micro.v1`. */

/**
 * Who the service is. `name`: letters, digits, `-` and `_`; `version`: semantic; `id`: unique for one life of one
 * instance.
 */
export interface ServiceIdentity {
  readonly name: string
  readonly id: string
  readonly version: string
  readonly metadata: Readonly<Record<string, string>>
}

export interface EndpointInfo {
  readonly name: string
  readonly subject: string
  /** Empty: every instance that listens gets every request. */
  readonly queueGroup: string
  readonly metadata: Readonly<Record<string, string>>
}

/** What one endpoint did since the service started. Times in nanoseconds, as the protocol wants. */
export interface EndpointCounts {
  requests: number
  errors: number
  lastError: string
  processingNs: number
}

export const serviceVerbs = ["PING", "INFO", "STATS"] as const
export type ServiceVerb = (typeof serviceVerbs)[number]

/** The three subjects on which an instance answers `verb`: all services, this service, this instance. */
export const serviceSubjects = (verb: ServiceVerb, { name, id }: ServiceIdentity): ReadonlyArray<string> => [
  `$SRV.${verb}`,
  `$SRV.${verb}.${name}`,
  `$SRV.${verb}.${name}.${id}`
]

const identityOf = (type: string, { name, id, version, metadata }: ServiceIdentity) => ({
  type: `io.nats.micro.v1.${type}`,
  name,
  id,
  version,
  metadata
})

export const pingReply = (identity: ServiceIdentity) => identityOf("ping_response", identity)

export const infoReply = (identity: ServiceIdentity, description: string, endpoints: ReadonlyArray<EndpointInfo>) => ({
  ...identityOf("info_response", identity),
  description,
  endpoints: endpoints.map(({ name, subject, queueGroup, metadata }) => ({
    name,
    subject,
    queue_group: queueGroup,
    metadata
  }))
})

export const statsReply = (
  identity: ServiceIdentity,
  startedMs: number,
  endpoints: ReadonlyArray<EndpointInfo & { readonly counts: EndpointCounts }>
) => ({
  ...identityOf("stats_response", identity),
  started: new Date(startedMs).toISOString(),
  endpoints: endpoints.map(({ name, subject, queueGroup, counts }) => ({
    name,
    subject,
    queue_group: queueGroup,
    num_requests: counts.requests,
    num_errors: counts.errors,
    last_error: counts.lastError,
    processing_time: Math.round(counts.processingNs),
    average_processing_time: counts.requests === 0 ? 0 : Math.round(counts.processingNs / counts.requests)
  }))
})

/** Headers of a refusal. The text is for people and the number for tools; the stable code is in the body. */
export const serviceErrorHeader = "Nats-Service-Error"
export const serviceErrorCodeHeader = "Nats-Service-Error-Code"
