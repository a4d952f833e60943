#include "flow_folder.h"

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "lock_holder.h"

namespace tickd {

/// The fix for each error: another owner of the folder does not help with a full disk.
static const char* fix_of(int error) {
  switch (error) {
    case ENOSPC:
    case EDQUOT: return "make room on its disk";
    case EROFS: return "mount its file system for writing, or set CTP_FLOW_DIR to another folder";
    case EIO: return "check its disk and the kernel's log";
    case EMFILE:
    case ENFILE: return "raise the limit of open files";
    default: return "set CTP_FLOW_DIR to a folder that this user can write";
  }
}

static Failure unusable(const std::string& folder, int error) {
  return {kExitFlow, "flow folder " + folder + " cannot be used: " + std::strerror(error) + "; " + fix_of(error)};
}

static bool take(int fd) { return flock(fd, LOCK_EX | LOCK_NB) == 0; }

/// The parent that a worker wrote into its lock: "tickd PID PARENT".
static pid_t parent_at_start(int fd) {
  char text[64] = {};
  int pid = 0, parent = 0;
  if (pread(fd, text, sizeof text - 1, 0) <= 0 || std::sscanf(text, "tickd %d %d", &pid, &parent) != 2) return 0;
  return parent;
}

/// Ends a worker of the same program that outlived its daemon. True when the lock is ours then.
static bool take_from_orphan(int fd, const LockHolder& holder) {
  const pid_t parent = parent_at_start(fd);
  if (!holder.same_program || parent == 0 || parent == holder.parent) return false;
  dprintf(2, "ending the worker (pid %d) that a daemon (pid %d) left behind\n", holder.pid, parent);
  kill(holder.pid, SIGKILL);
  const timespec pause = {0, 20'000'000};
  for (int look = 0; look < 100; ++look) {
    if (take(fd)) return true;
    nanosleep(&pause, nullptr);
  }
  return false;
}

Failure prepare_flow_folder(const std::string& prefix, int& lock_fd) {
  const std::size_t slash = prefix.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : slash == 0 ? "/" : prefix.substr(0, slash);
  for (std::size_t at = folder.find('/', 1);; at = folder.find('/', at + 1)) {
    const std::string part = folder.substr(0, at);
    if (mkdir(part.c_str(), 0700) != 0 && errno != EEXIST) return unusable(folder, errno);
    if (at == std::string::npos) break;
  }
  const std::string lock = prefix + "session.lock";
  const int fd = open(lock.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) return unusable(folder, errno);
  if (!take(fd)) {
    const int error = errno;
    const LockHolder holder = error == EWOULDBLOCK ? flock_holder(fd) : LockHolder{};
    if (!take_from_orphan(fd, holder)) {
      close(fd);
      if (error != EWOULDBLOCK) return unusable(folder, error);
      const std::string who =
          holder.pid == 0 ? "another session" : holder.name + " (pid " + std::to_string(holder.pid) + ")";
      return {kExitFlow, "flow folder " + folder + " cannot be used: " + who +
                             " holds it; end that process, or give each session a flow folder of its own"};
    }
  }
  // A write, not access(2): only this sees a full or read-only file system.
  char text[64];
  const int length = std::snprintf(text, sizeof text, "tickd %d %d\n", getpid(), getppid());
  errno = 0;
  if (ftruncate(fd, 0) != 0 || pwrite(fd, text, static_cast<std::size_t>(length), 0) != length) {
    const int error = errno != 0 ? errno : ENOSPC;  // a short write has no error of its own
    close(fd);
    return unusable(folder, error);
  }
  lock_fd = fd;
  return {};
}

}  // namespace tickd
