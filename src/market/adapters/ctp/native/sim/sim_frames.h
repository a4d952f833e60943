// Frames of docs/reference/front-protocol.md: writing, and reading without trust.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>

namespace sim {

enum Type : std::uint8_t {
  kHello = 1, kLogin, kLoginRsp, kSubscribe, kSubscribeRsp, kUnsubscribe, kUnsubscribeRsp,
  kTicks, kHeartbeat, kLogout, kLogoutRsp, kPace, kErrorRsp
};

constexpr std::uint32_t kFrameMax = 16u << 20;
constexpr std::size_t kWireTick = 408;

class FrameWriter {
 public:
  explicit FrameWriter(Type type) : bytes_(4, '\0') { bytes_ += static_cast<char>(type); }
  FrameWriter& number(std::uint32_t value) {
    bytes_.append(reinterpret_cast<const char*>(&value), 4);
    return *this;
  }
  FrameWriter& text(const char* value) {
    bytes_.append(value, std::strlen(value) + 1);
    return *this;
  }
  /// The finished frame.
  const std::string& bytes() {
    const auto length = static_cast<std::uint32_t>(bytes_.size() - 4);
    std::memcpy(bytes_.data(), &length, 4);
    return bytes_;
  }

 private:
  std::string bytes_;
};

/// Body of one frame. After a read past the end or a text without its NUL, `broken` stays true and reads give nothing.
class FrameReader {
 public:
  FrameReader(const char* at, std::size_t length) : at_(at), end_(at + length) {}

  std::uint32_t number() {
    std::uint32_t value = 0;
    if (left() < 4) broken_ = true;
    if (!broken_) std::memcpy(&value, at_, 4), at_ += 4;
    return value;
  }
  const char* text() {
    const void* nul = broken_ ? nullptr : std::memchr(at_, 0, left());
    if (nul == nullptr) {
      broken_ = true;
      return "";
    }
    const char* value = at_;
    at_ = static_cast<const char*>(nul) + 1;
    return value;
  }
  std::size_t left() const { return static_cast<std::size_t>(end_ - at_); }
  const char* rest() const { return at_; }
  bool broken() const { return broken_; }
  /// True when the body was read to its end, neither less nor more.
  bool complete() const { return !broken_ && at_ == end_; }

 private:
  const char* at_;
  const char* end_;
  bool broken_ = false;
};

}  // namespace sim
