// Producer of the ring: mapping, takeover, publication, doorbell. Contract: docs/reference/ring.md.
#include "ring.h"

#include <cstring>
#include <ctime>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace tickd {

static std::int64_t read_clock(clockid_t clock) {
  timespec at{};
  clock_gettime(clock, &at);
  return at.tv_sec * 1'000'000'000LL + at.tv_nsec;
}

Stamp Stamp::now() { return {read_clock(CLOCK_REALTIME), read_clock(CLOCK_MONOTONIC)}; }

TextWriter& TextWriter::add(const char* text, std::size_t max) {
  while (max-- > 0 && *text != '\0' && at_ < end_ - 1) *at_++ = *text++;
  if (at_ < end_) *at_++ = '\0';
  return *this;
}

std::string RingProducer::attach(int ring_fd, int doorbell_fd) {
  struct stat file {};
  if (fstat(ring_fd, &file) != 0) return "descriptor " + std::to_string(ring_fd) + " is not open";
  const auto size = static_cast<std::size_t>(file.st_size);
  if (size < kHeaderBytes + kSlotBytes) return "the file has only " + std::to_string(size) + " bytes";
  void* map = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, ring_fd, 0);
  if (map == MAP_FAILED) return std::string("mmap failed: ") + std::strerror(errno);
  // Never unmapped: a vendor's thread that outlives its Release may still write here.
  auto* header = static_cast<RingHeader*>(map);
  if (header->magic != kMagic) return "the file does not begin with a ring header (magic)";
  if (header->layout_version != kLayoutVersion || header->slot_size != kSlotBytes)
    return "layout " + std::to_string(header->layout_version) + " with slots of " + std::to_string(header->slot_size) +
           " bytes, this worker speaks layout " + std::to_string(kLayoutVersion) + " with " + std::to_string(kSlotBytes);
  const std::uint32_t capacity = header->capacity;
  if (capacity < 2 * kControlReserve || (capacity & (capacity - 1)) != 0)
    return "a capacity of " + std::to_string(capacity) + " slots is not a power of two of at least 128";
  if (size < kHeaderBytes + std::size_t{capacity} * kSlotBytes)
    return "the file has " + std::to_string(size) + " bytes, too few for " + std::to_string(capacity) + " slots";
  header_ = header;
  slots_ = reinterpret_cast<Slot*>(static_cast<char*>(map) + kHeaderBytes);
  capacity_ = capacity;
  doorbell_fd_ = doorbell_fd;
  take_over();
  return "";
}

void RingProducer::take_over() {
  head_ = header_->head.load();
  tail_seen_ = header_->tail.load();
  ticks_ = header_->ticks.load();
  const std::uint64_t stored = head_ == 0 ? 0 : slots_[(head_ - 1) & (capacity_ - 1)].seq;
  if (stored > ticks_) {
    // The dead worker published a tick and died before it raised `ticks`.
    ticks_ = stored;
    header_->ticks.store(ticks_);
  } else if (ticks_ > stored && ticks_ > header_->last_drop_seq.load()) {
    // It died after it had numbered a tick that it was about to drop: the drop is counted here.
    if (header_->first_drop_seq.load() == 0) header_->first_drop_seq.store(ticks_);
    header_->last_drop_seq.store(ticks_);
    bump(header_->drop_ticks);
  }
  header_->pid.store(static_cast<std::uint32_t>(getpid()));
  header_->epoch.store(static_cast<std::uint64_t>(read_clock(CLOCK_REALTIME)));
  header_->closed.store(0);
  header_->heartbeats.store(0);
  header_->commands.store(0);
  // The dead worker may have set `sleeping` to 0 without writing its byte.
  header_->sleeping.store(0);
  write_doorbell();
}

void RingProducer::publish_tick() {
  header_->head.store(++head_, std::memory_order_release);
  header_->ticks.store(++ticks_, std::memory_order_release);
  wake();
}

void RingProducer::publish_control() {
  header_->head.store(++head_, std::memory_order_release);
  wake();
}

void RingProducer::drop_tick() {
  header_->ticks.store(++ticks_, std::memory_order_release);
  if (header_->first_drop_seq.load(std::memory_order_relaxed) == 0)
    header_->first_drop_seq.store(ticks_, std::memory_order_release);
  header_->last_drop_seq.store(ticks_, std::memory_order_release);
  bump(header_->drop_ticks);
}

void RingProducer::wake() {
  // Pairs with the consumer's "sleeping = 1, then read head again": one of the two sees the other's store.
  std::atomic_thread_fence(std::memory_order_seq_cst);
  if (header_->sleeping.load(std::memory_order_relaxed) == 1 && header_->sleeping.exchange(0) == 1) write_doorbell();
}

void RingProducer::write_doorbell() {
  // A full pipe already holds a byte, and a closed one has no reader: neither is an error of the tick path.
  const char byte = 1;
  if (doorbell_fd_ >= 0 && write(doorbell_fd_, &byte, 1) == 1) bump(header_->wakes);
}

}  // namespace tickd
