// Who holds the lock on a file: for the sentence that names the process, and for the end of a worker that nobody owns.
#pragma once

#include <string>
#include <sys/types.h>

namespace tickd {

struct LockHolder {
  /// 0: not seen, e.g. in another pid namespace.
  pid_t pid = 0;
  /// Its command's name, for people.
  std::string name;
  /// Process id of its parent now.
  pid_t parent = 0;
  /// It runs the same program as this process.
  bool same_program = false;
};

/// The process that holds flock(2) on the file that is open at `fd`.
LockHolder flock_holder(int fd);

}  // namespace tickd
