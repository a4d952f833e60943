// The vendor's library chooses one of the configured fronts and does not say which. Two feeds on one front are one
// feed, so the address is read where it cannot be wrong: in the system's table.
import { once } from "node:events"
import { connect, createServer } from "node:net"
import { assert, describe, it } from "vitest"
import { connectedPeers, peersIn } from "../../../../src/platform/process/connected-peers.ts"

const table = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:A1B2 0100007F:1F90 01 00000000:00000000 00:00000000 00000000  1000        0 501 1 0 20 4 30 10 -1
   1: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 502 1 0 100 0 0 10 0
   2: 0100007F:A1B3 090A0B0C:A0FD 01 00000000:00000000 00:00000000 00000000  1000        0 503 1 0 20 4 30 10 -1
   3: 0000000000000000FFFF00000100007F:A1B4 0000000000000000FFFF0000090A0B0C:0050 01 0:0 0:0 0 1000 0 504 1
   4: 00000000000000000000000001000000:A1B5 B80D0120000000000000000001000000:01BB 01 0:0 0:0 0 1000 0 505 1
   5: 0100007F:A1B6 0100007F:2222 06 00000000:00000000 00:00000000 00000000  1000        0 506 1 0 20 4 30 10 -1
`

describe("the peers of a process", () => {
  it("are the established connections of its sockets, in numbers that an operator knows", () => {
    assert.deepStrictEqual(peersIn(table, new Set(["501", "502", "504", "505", "506"])), [
      "127.0.0.1:8080",
      "12.11.10.9:80",
      "[2001:db8:0:0:0:0:0:1]:443"
    ])
  })

  it("are read of this system, and are gone with the connection", async () => {
    const server = createServer().listen(0, "127.0.0.1")
    await once(server, "listening")
    const address = server.address()
    if (address === null || typeof address === "string") throw new Error("no port")
    const peer = `127.0.0.1:${address.port}`
    const client = connect(address.port, "127.0.0.1")
    await once(client, "connect")
    assert.include([...(await connectedPeers(process.pid))], peer)
    client.destroy()
    await once(client, "close")
    server.close()
    await once(server, "close")
    assert.notInclude([...(await connectedPeers(process.pid))], peer)
  })

  it("are none of a process that does not exist", async () => {
    assert.deepStrictEqual(await connectedPeers(0), [])
    assert.deepStrictEqual(await connectedPeers(2 ** 22 + 1), [])
  })
})
