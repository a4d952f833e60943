// Output of the query worker on descriptor 3, one line for each event: fields separated by tabs, texts as the vendor
// gave them (GBK, whose bytes are never a control character). Lines: docs/reference/trader-query.md.
#pragma once

#include <condition_variable>
#include <initializer_list>
#include <mutex>
#include <string>

namespace trader {

/// Replaces each control character of the vendor's texts (SUB). An id that holds one is recognised and set aside; a
/// blank in its place would make it another instrument's id.
constexpr char kControlMark = 0x1a;

/// Lines from the vendor's thread, written by another thread: a slow reader never blocks the vendor's thread.
class Lines {
 public:
  /// Room for about 500,000 contracts; the whole market has 20,000.
  static constexpr std::size_t kBytesMax = 64u << 20;

  void add(std::initializer_list<std::string> fields);
  /// Writes waiting lines to `fd`, and waits for more at most this long. False when descriptor has no reader any
  /// more.
  bool write_out(int fd, int milliseconds);
  bool overflowed();

 private:
  std::mutex mutex_;
  std::condition_variable added_;
  std::string held_;
  bool overflowed_ = false;
};

}  // namespace trader
