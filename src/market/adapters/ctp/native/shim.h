// The shim's C interface: one session of a vendor library into one ring. Used by the worker.
#pragma once

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tickd_session tickd_session;

/// Prepares the flow folder, loads `library`, creates the api, registers the fronts and starts it.
/// `flow_prefix` is used by this session alone; `fronts` are separated by tabs; `doorbell_fd` may be -1.
/// Returns 0 and the session, or a worker exit code (65 library, 66 version, 67 flow, 68 ring); see tickd_error.
int tickd_open(const char* library, const char* flow_prefix, const char* fronts, int udp, int multicast, int production,
               int ring_fd, int doorbell_fd, tickd_session** session);

/// One sentence about the last failure of this thread.
const char* tickd_error(void);

/// Executes one command line of docs/reference/ring.md, without its newline. The vendor's return code becomes a
/// RETURNED event. Returns 0; 1 when the command was `close`; -1 for an unknown command; 2 when `redial` made no new
/// session, which ends this one; see tickd_error.
int tickd_command(tickd_session* session, const char* line);

/// Release, with a deadline that ends the process. The session stays in memory, because a late callback may still use
/// it.
void tickd_close(tickd_session* session);

/// The ring's layout as JSON, for the test that holds C++ and TypeScript equal.
const char* tickd_layout(void);

#ifdef __cplusplus
}
#endif
