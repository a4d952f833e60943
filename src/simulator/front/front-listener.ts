import { createServer, type Server, type Socket } from "node:net"
import { Effect } from "effect"
import { FrontError } from "./front-error.ts"

/**
 * The listening socket of a front. It can be closed and opened again on the same port, so that connects are refused.
 */
export class FrontListener {
  /** The port, once it is open. */
  port: number
  private readonly host: string
  private readonly onConnection: (socket: Socket) => void
  private server: Server | undefined

  constructor(options: {
    readonly host: string
    readonly port: number
    readonly onConnection: (socket: Socket) => void
  }) {
    this.host = options.host
    this.port = options.port
    this.onConnection = options.onConnection
  }

  /** Listens; does nothing when it is already listening. Errors: FRONT_PORT_IN_USE, FRONT_ADDRESS_UNUSABLE. */
  readonly open: Effect.Effect<void, FrontError> = Effect.callback<void, FrontError>((resume) => {
    if (this.server !== undefined) return resume(Effect.void)
    const server = createServer(this.onConnection)
    // Stays attached: a later failing accept must not end the process.
    server.on("error", (cause: NodeJS.ErrnoException) => resume(Effect.fail(this.unusable(cause))))
    server.listen(this.port, this.host, () => {
      const address = server.address()
      if (address !== null && typeof address === "object") this.port = address.port
      this.server = server
      resume(Effect.void)
    })
  })

  /** Stops listening; open connections stay. */
  readonly close: Effect.Effect<void> = Effect.sync(() => {
    this.server?.close()
    this.server = undefined
  })

  private unusable(cause: NodeJS.ErrnoException): FrontError {
    const address = `${this.host}:${this.port}`
    return cause.code === "EADDRINUSE"
      ? new FrontError({
          code: "FRONT_PORT_IN_USE",
          message: `Port ${this.port} on ${this.host} is taken by another program; stop it, give the front another port, or port 0 for any free one`
        })
      : new FrontError({
          code: "FRONT_ADDRESS_UNUSABLE",
          message: `The front cannot listen on ${address} (${cause.code ?? cause.message}); give it an address of this machine and a port it may use`
        })
  }
}
