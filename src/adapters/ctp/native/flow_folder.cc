#include "flow_folder.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace tickd {

static Failure unusable(const std::string& folder, const std::string& why, const char* fix) {
  return {kExitFlow, "flow folder " + folder + " cannot be used: " + why + "; " + fix};
}

Failure prepare_flow_folder(const std::string& prefix, int& lock_fd) {
  const std::size_t slash = prefix.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : slash == 0 ? "/" : prefix.substr(0, slash);
  const char* fix = "give --flow a folder that this user can write";
  for (std::size_t at = folder.find('/', 1);; at = folder.find('/', at + 1)) {
    const std::string part = folder.substr(0, at);
    if (mkdir(part.c_str(), 0700) != 0 && errno != EEXIST) return unusable(folder, std::strerror(errno), fix);
    if (at == std::string::npos) break;
  }
  const std::string lock = prefix + "session.lock";
  const int fd = open(lock.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) return unusable(folder, std::strerror(errno), fix);
  if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
    close(fd);
    return unusable(folder, "another session holds it", "give each session a flow folder of its own");
  }
  // A write, not access(2): only this sees a full or read-only file system.
  if (ftruncate(fd, 0) != 0 || pwrite(fd, "tickd\n", 6, 0) != 6) {
    const std::string why = std::strerror(errno);
    close(fd);
    return unusable(folder, why, fix);
  }
  lock_fd = fd;
  return {};
}

}  // namespace tickd
