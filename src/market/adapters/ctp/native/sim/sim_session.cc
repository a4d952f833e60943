#include "sim_session.h"

#include <poll.h>
#include <unistd.h>

namespace sim {

constexpr std::size_t kOutboxMax = 16u << 20;
/// A tick needs two slots when its instrument is new, and answers to commands may slip in between.
constexpr long long kRoomKept = 16;

int Session::request(FrameWriter& frame) {
  {
    std::lock_guard<std::mutex> guard(mutex);
    if (!connected) return -1;
    if (outbox.size() > kOutboxMax) return -2;
    outbox += frame.bytes();
  }
  wake();
  return 0;
}

void Session::set_connected(bool on, const std::string& greeting) {
  std::lock_guard<std::mutex> guard(mutex);
  connected = on;
  outbox = greeting;
}

std::string Session::take_outbox() {
  std::lock_guard<std::mutex> guard(mutex);
  std::string taken;
  taken.swap(outbox);
  return taken;
}

void Session::wake() const {
  const std::uint64_t one = 1;
  if (write(wake_fd, &one, sizeof one) < 0) return;  // a full counter wakes as well
}

short Session::wait(int fd, short events, long long nanoseconds) const {
  pollfd waits[] = {{wake_fd, POLLIN, 0}, {fd, events, 0}};
  const timespec limit = {static_cast<time_t>(nanoseconds / 1'000'000'000), static_cast<long>(nanoseconds % 1'000'000'000)};
  if (ppoll(waits, 2, &limit, nullptr) <= 0) return 0;
  std::uint64_t count;
  if ((waits[0].revents & POLLIN) != 0 && read(wake_fd, &count, sizeof count) < 0) return 0;
  return waits[1].revents;
}

void Session::wait_for_room() const {
  if (pace.room == nullptr) return;
  while (pace.room(pace.context) < kRoomKept && !stop.load(std::memory_order_relaxed)) {
    const timespec pause = {0, 50'000};
    nanosleep(&pause, nullptr);
  }
}

}  // namespace sim
