// The ring between the vendor's thread and the daemon: layout and producer. Contract: docs/reference/ring.md.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>

namespace tickd {

constexpr std::size_t kHeaderBytes = 4096;
constexpr std::size_t kSlotBytes = 320;
constexpr std::size_t kTextBytes = 264;
constexpr std::uint32_t kMagic = 0x474E5254;  // "TRNG"
constexpr std::uint32_t kLayoutVersion = 2;
/// Slots that only control events may use, so that ticks never block them. A thirty-second of the ring, at least
/// these: a front that is lost and found while ticks are not read answers for every instrument.
constexpr std::uint32_t kControlReserve = 64;
constexpr std::uint32_t control_reserve(std::uint32_t capacity) {
  return capacity / 32 > kControlReserve ? capacity / 32 : kControlReserve;
}

enum Kind : std::uint32_t {
  kTick = 1, kConnected, kDisconnected, kHeartbeatWarning, kLogin, kSubscribed,
  kError, kSymbol, kLogout, kUnsubscribed, kReturned, kReady
};

struct RingHeader {
  alignas(64) std::atomic<std::uint64_t> head;
  alignas(64) std::atomic<std::uint64_t> tail;
  alignas(64) std::atomic<std::uint32_t> sleeping;
  alignas(64) std::atomic<std::uint64_t> drop_ticks;
  alignas(64) std::atomic<std::uint64_t> drop_control;
  alignas(64) std::atomic<std::uint64_t> wakes;
  alignas(64) std::atomic<std::uint64_t> ticks;
  alignas(64) std::atomic<std::uint64_t> first_drop_seq;
  std::atomic<std::uint64_t> last_drop_seq;
  alignas(64) std::atomic<std::uint64_t> coalesced_connects;
  std::atomic<std::uint64_t> coalesced_disconnects;
  alignas(64) std::atomic<std::uint32_t> closed;
  alignas(64) std::uint32_t magic;
  std::uint32_t layout_version;
  std::uint32_t capacity;
  std::uint32_t slot_size;
  std::atomic<std::uint32_t> pid;
  std::atomic<std::uint64_t> epoch;
  char api_version[64];
  /// Rounds of the worker's own thread, and executed commands. Both count from 0 at each start.
  alignas(64) std::atomic<std::uint64_t> heartbeats;
  std::atomic<std::uint64_t> commands;
};

/// All fields between the integers and `mono_ns`; control slots store their text there.
struct TickBody {
  double last, pre_settlement, pre_close, pre_open_interest, open, high, low, turnover, open_interest, close,
      settlement, upper_limit, lower_limit, pre_delta, curr_delta, average, band_upper, band_lower;
  double bid_price[5], ask_price[5];
  std::int32_t bid_volume[5], ask_volume[5];
};

struct Slot {
  std::uint64_t seq;
  std::int64_t recv_ns;
  std::uint32_t kind, sym;
  std::int32_t trading_day, action_day, update_sec, update_ms, volume, aux;
  union {
    TickBody tick;
    char text[kTextBytes];
  };
  std::int64_t mono_ns;
};

static_assert(std::atomic<std::uint64_t>::is_always_lock_free, "the header is shared between processes");
static_assert(sizeof(std::atomic<std::uint64_t>) == 8 && sizeof(std::atomic<std::uint32_t>) == 4);
static_assert(offsetof(RingHeader, tail) == 64 && offsetof(RingHeader, sleeping) == 128);
static_assert(offsetof(RingHeader, last_drop_seq) == 456 && offsetof(RingHeader, coalesced_disconnects) == 520);
static_assert(offsetof(RingHeader, magic) == 640 && offsetof(RingHeader, api_version) == 672);
static_assert(offsetof(RingHeader, heartbeats) == 768 && offsetof(RingHeader, commands) == 776);
static_assert(sizeof(RingHeader) <= kHeaderBytes);
static_assert(sizeof(TickBody) == kTextBytes && sizeof(Slot) == kSlotBytes);
static_assert(offsetof(Slot, tick) == 48 && offsetof(Slot, mono_ns) == 312);

/// When a callback was entered.
struct Stamp {
  std::int64_t recv_ns, mono_ns;
  static Stamp now();
};

/// Strings of a control slot, one after the other. Text that does not fit is cut; bytes are copied raw (GBK).
class TextWriter {
 public:
  explicit TextWriter(Slot& slot) : at_(slot.text), end_(slot.text + kTextBytes) {}
  /// Copies up to `max` bytes or to the NUL, then writes a NUL.
  TextWriter& add(const char* text, std::size_t max);

 private:
  char* at_;
  char* end_;
};

/// The producing side. The ring has one producer, used by two threads: the vendor's (ticks, answers) and the command
/// thread (return codes, held link events). Both hold `mutex` while they use this object.
/// The mutex costs an uncontended atomic on the tick path, and is never held across a call into the vendor's library.
/// It also serialises a vendor that calls back on a second thread. It is not a spinlock: a holder without its
/// processor must not make the vendor's thread spin for a whole time slice.
class RingProducer {
 public:
  std::mutex mutex;

  /// Maps the ring and takes it over, also from a dead worker. Returns the mismatch, or an empty text.
  std::string attach(int ring_fd, int doorbell_fd);

  /// Free slots for ticks. Any thread.
  long long tick_room() const {
    return static_cast<long long>(capacity_) - control_reserve(capacity_) -
           static_cast<std::uint32_t>(header_->head.load(std::memory_order_relaxed) -
                                      header_->tail.load(std::memory_order_acquire));
  }

  /// True when `slots` more fit below the reserve of the control events.
  bool tick_fits(std::uint32_t slots) { return fits(slots, capacity_ - control_reserve(capacity_)); }
  bool control_fits() { return fits(1, capacity_); }

  /// The slot to fill next; only after `tick_fits` or `control_fits`.
  Slot& next() { return slots_[head_ & (capacity_ - 1)]; }
  /// The sequence number that the next tick gets.
  std::uint64_t next_seq() const { return ticks_ + 1; }
  std::uint64_t last_seq() const { return ticks_; }

  void publish_tick();
  void publish_control();
  /// The newest tick is not stored: its number is used up and counted.
  void drop_tick();
  void drop_control() { bump(header_->drop_control); }

  RingHeader& header() { return *header_; }
  static void bump(std::atomic<std::uint64_t>& counter, std::uint64_t by = 1) {
    counter.store(counter.load(std::memory_order_relaxed) + by, std::memory_order_release);
  }

 private:
  bool fits(std::uint32_t slots, std::uint32_t limit) {
    // The low words are enough: a ring is far smaller than 2^32, and the consumer stores its tail in two halves.
    if (static_cast<std::uint32_t>(head_ - tail_seen_) + slots <= limit) return true;
    tail_seen_ = header_->tail.load(std::memory_order_acquire);
    return static_cast<std::uint32_t>(head_ - tail_seen_) + slots <= limit;
  }
  void take_over();
  void wake();
  void write_doorbell();

  RingHeader* header_ = nullptr;
  Slot* slots_ = nullptr;
  std::uint32_t capacity_ = 0;
  int doorbell_fd_ = -1;
  std::uint64_t head_ = 0, tail_seen_ = 0, ticks_ = 0;
};

}  // namespace tickd
