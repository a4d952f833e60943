// Finds the process that holds a file's lock: for the error sentence, and to end an orphaned worker.
#pragma once

#include <string>
#include <sys/types.h>

namespace tickd {

struct LockHolder {
  /// 0: not visible, e.g. in another pid namespace.
  pid_t pid = 0;
  /// Name of its command, for people.
  std::string name;
  /// Process id of its present parent.
  pid_t parent = 0;
  /// It runs the same program as this process.
  bool same_program = false;
};

/// The process that holds flock(2) on the file that is open at `fd`.
LockHolder flock_holder(int fd);

}  // namespace tickd
