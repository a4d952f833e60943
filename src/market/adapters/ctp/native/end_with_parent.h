// A child of the daemon ends with the daemon, also when the daemon is killed with SIGKILL or the child is stopped.
#pragma once

#include <cerrno>
#include <csignal>
#include <sys/prctl.h>
#include <unistd.h>

namespace tickd {

/// Asks the kernel for `signal` when the parent ends. False: the parent has ended already, and no signal will come.
/// The kernel sends it when the parent's *thread* that started this process ends: Node starts processes from its main
/// thread, whose end is that of the process. `parent` 0: nothing is known of it, nothing is asked for.
inline bool end_with_parent(int signal, pid_t parent) {
  if (parent == 0) return true;
  prctl(PR_SET_PDEATHSIG, signal);
  // Another parent that lives may be a debugger in between; only a parent that is gone has missed the call above.
  return getppid() == parent || kill(parent, 0) == 0 || errno != ESRCH;
}

}  // namespace tickd
