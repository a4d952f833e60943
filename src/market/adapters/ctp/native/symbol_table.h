// Instruments as numbers: an open-addressed table that allocates only when it sees a new instrument.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

namespace tickd {

class SymbolTable {
 public:
  SymbolTable() : buckets_(1u << 16, 0) { ids_.reserve(1u << 15); }

  /// Number of the instrument, 0 when it was never added.
  std::uint32_t find(const char* id, std::size_t length) const { return buckets_[bucket(id, length)]; }

  /// Returns the next number (1, 2, …), or 0 when the table is full: broken ids must not use up the memory.
  std::uint32_t add(const char* id, std::size_t length) {
    if (ids_.size() >= kMax) return 0;
    if ((ids_.size() + 1) * 2 > buckets_.size()) grow();
    ids_.emplace_back(id, length);
    const auto number = static_cast<std::uint32_t>(ids_.size());
    buckets_[bucket(id, length)] = number;
    return number;
  }

 private:
  static constexpr std::size_t kMax = 1'000'000;

  /// The bucket that holds the id, or the empty one where it belongs.
  std::size_t bucket(const char* id, std::size_t length) const {
    std::uint64_t hash = 1469598103934665603ULL;  // FNV-1a
    for (std::size_t i = 0; i < length; i++) hash = (hash ^ static_cast<unsigned char>(id[i])) * 1099511628211ULL;
    const std::size_t mask = buckets_.size() - 1;
    std::size_t at = (hash ^ (hash >> 32)) & mask;
    while (buckets_[at] != 0) {
      const std::string& held = ids_[buckets_[at] - 1];
      if (held.size() == length && std::memcmp(held.data(), id, length) == 0) break;
      at = (at + 1) & mask;
    }
    return at;
  }

  void grow() {
    const std::size_t size = buckets_.size() * 2;
    buckets_.assign(size, 0);
    for (std::size_t i = 0; i < ids_.size(); i++)
      buckets_[bucket(ids_[i].data(), ids_[i].size())] = static_cast<std::uint32_t>(i + 1);
  }

  std::vector<std::uint32_t> buckets_;
  std::vector<std::string> ids_;
};

}  // namespace tickd
