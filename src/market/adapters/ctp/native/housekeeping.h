// One small thread for each session: ends the process when a method of the vendor blocks, and sends held link events.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <thread>

namespace tickd {

class Housekeeping {
 public:
  ~Housekeeping() { stop(); }
  /// Runs `each` every 50 ms.
  void start(std::function<void()> each);
  void stop();

  /// Guards one call into the vendor's library. Past the deadline the process ends with code 70, because a thread
  /// that is blocked in foreign code cannot be ended otherwise.
  class Deadline {
   public:
    Deadline(Housekeeping& keeper, const char* method, int seconds);
    ~Deadline() { keeper_.due_ns_.store(0); }

   private:
    Housekeeping& keeper_;
  };

 private:
  void check_deadline() const;

  std::atomic<std::int64_t> due_ns_{0};
  std::atomic<const char*> method_{""};
  std::atomic<int> seconds_{0};
  std::mutex mutex_;
  std::condition_variable stopped_;
  bool stop_ = false;
  std::thread thread_;
};

}  // namespace tickd
