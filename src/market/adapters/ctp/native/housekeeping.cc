#include "housekeeping.h"

#include <cstdio>
#include <unistd.h>

#include "failure.h"
#include "ring.h"

namespace tickd {

void Housekeeping::start(std::function<void()> each) {
  thread_ = std::thread([this, each = std::move(each)] {
    std::unique_lock<std::mutex> lock(mutex_);
    while (!stopped_.wait_for(lock, std::chrono::milliseconds(50), [this] { return stop_; })) {
      check_deadline();
      each();
    }
  });
}

void Housekeeping::stop() {
  {
    std::lock_guard<std::mutex> guard(mutex_);
    stop_ = true;
  }
  stopped_.notify_one();
  if (thread_.joinable()) thread_.join();
}

Housekeeping::Deadline::Deadline(Housekeeping& keeper, const char* method, int seconds) : keeper_(keeper) {
  keeper_.method_.store(method);
  keeper_.seconds_.store(seconds);
  keeper_.due_ns_.store(Stamp::now().mono_ns + seconds * 1'000'000'000LL);
}

void Housekeeping::check_deadline() const {
  const std::int64_t due = due_ns_.load();
  if (due == 0 || Stamp::now().mono_ns < due) return;
  // dprintf and _exit: the blocked thread may hold the lock of stdio, and a normal exit would wait for the library
  // again.
  dprintf(2, "tickd-feed-worker: %s of the vendor library did not return in %d s; the worker ends, start it again\n",
          method_.load(), seconds_.load());
  _exit(kExitHung);
}

}  // namespace tickd
