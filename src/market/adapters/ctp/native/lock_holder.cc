#include "lock_holder.h"

#include <cstdio>
#include <cstring>
#include <fstream>
#include <sstream>
#include <sys/stat.h>
#include <unistd.h>

namespace tickd {

static std::string program_of(const std::string& process) {
  char path[4096];
  const ssize_t length = readlink(("/proc/" + process + "/exe").c_str(), path, sizeof path);
  std::string program(path, length < 0 ? 0 : static_cast<std::size_t>(length));
  // A program that was rebuilt since then is the same program.
  const std::string deleted = " (deleted)";
  if (program.size() > deleted.size() && program.compare(program.size() - deleted.size(), deleted.size(), deleted) == 0)
    program.erase(program.size() - deleted.size());
  return program;
}

static LockHolder describe(pid_t pid) {
  LockHolder holder;
  const std::string process = std::to_string(pid);
  std::string stat;
  if (!std::getline(std::ifstream("/proc/" + process + "/stat"), stat)) return holder;
  // proc(5): "pid (comm) state ppid …"; the name may hold brackets itself.
  const std::size_t open = stat.find('('), close = stat.rfind(')');
  if (open == std::string::npos || close == std::string::npos) return holder;
  char state;
  int parent = 0;
  if (std::sscanf(stat.c_str() + close + 1, " %c %d", &state, &parent) != 2) return holder;
  holder.pid = pid;
  holder.name = stat.substr(open + 1, close - open - 1);
  holder.parent = parent;
  const std::string own = program_of("self");
  holder.same_program = pid != getpid() && !own.empty() && program_of(process) == own;
  return holder;
}

LockHolder flock_holder(int fd) {
  struct stat file;
  if (fstat(fd, &file) != 0) return {};
  // "1: FLOCK  ADVISORY  WRITE 12345 08:01:131 0 EOF"; waiters have "->" behind the number.
  std::ifstream locks("/proc/locks");
  for (std::string line; std::getline(locks, line);) {
    std::istringstream words(line);
    std::string number, kind, mode, access, place;
    int pid = 0;
    if (!(words >> number >> kind >> mode >> access >> pid >> place) || kind != "FLOCK") continue;
    const std::size_t colon = place.rfind(':');
    if (colon != std::string::npos && place.substr(colon + 1) == std::to_string(file.st_ino)) {
      const LockHolder holder = describe(pid);
      if (holder.pid != 0) return holder;
    }
  }
  return {};
}

}  // namespace tickd
