// A child of the daemon ends with the daemon, also when the daemon is killed with SIGKILL or the child is stopped.
#pragma once

#include <cerrno>
#include <csignal>
#include <sys/prctl.h>
#include <unistd.h>

namespace tickd {

/// Requests `signal` from the kernel for the end of the parent. False: the parent has already ended, and no signal
/// will be sent. The kernel sends it when the parent's *thread* that started this process ends: Node starts processes
/// from its main thread, which ends with the process. `parent` 0: the parent is unknown, and no signal is requested.
inline bool end_with_parent(int signal, pid_t parent) {
  if (parent == 0) return true;
  prctl(PR_SET_PDEATHSIG, signal);
  // A running parent with another id may be a debugger in between. Only a dead parent missed the call above.
  return getppid() == parent || kill(parent, 0) == 0 || errno != ESRCH;
}

}  // namespace tickd
