#include "trader_lines.h"

#include <cerrno>
#include <chrono>
#include <unistd.h>

namespace trader {

void Lines::add(std::initializer_list<std::string> fields) {
  std::string line;
  for (const std::string& field : fields) {
    if (!line.empty()) line += '\t';
    for (const char byte : field) line += static_cast<unsigned char>(byte) < 0x20 ? kControlMark : byte;
  }
  line += '\n';
  {
    std::lock_guard<std::mutex> guard(mutex_);
    if (held_.size() + line.size() > kBytesMax) overflowed_ = true;
    else held_ += line;
  }
  added_.notify_one();
}

bool Lines::overflowed() {
  std::lock_guard<std::mutex> guard(mutex_);
  return overflowed_;
}

bool Lines::write_out(int fd, int milliseconds) {
  std::string taken;
  {
    std::unique_lock<std::mutex> lock(mutex_);
    added_.wait_for(lock, std::chrono::milliseconds(milliseconds), [this] { return !held_.empty(); });
    taken.swap(held_);
  }
  for (std::size_t at = 0; at < taken.size();) {
    const ssize_t wrote = write(fd, taken.data() + at, taken.size() - at);
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote <= 0) return false;
    at += static_cast<std::size_t>(wrote);
  }
  return true;
}

}  // namespace trader
