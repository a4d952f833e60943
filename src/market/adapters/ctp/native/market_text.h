// Texts of a tick as integers, so that no string crosses the ring for a tick. Values: docs/reference/ring.md.
#pragma once

#include <cstdint>
#include <cstring>

namespace tickd {

inline bool digits(const char* text, int count) {
  for (int i = 0; i < count; i++)
    if (text[i] < '0' || text[i] > '9') return false;
  return true;
}

inline int two(const char* text) { return (text[0] - '0') * 10 + (text[1] - '0'); }

/// yyyymmdd of a char[9]; 0 = empty, -1 = not a date.
inline std::int32_t parse_day(const char* text) {
  if (text[0] == '\0') return 0;
  if (!digits(text, 8) || text[8] != '\0') return -1;
  const int month = two(text + 4), day = two(text + 6);
  if (month < 1 || month > 12 || day < 1 || day > 31) return -1;
  return (two(text) * 100 + two(text + 2)) * 10000 + month * 100 + day;
}

/// Seconds since midnight of "HH:MM:SS" in a char[9]; -1 = empty, -2 = not a time.
inline std::int32_t parse_time(const char* text) {
  if (text[0] == '\0') return -1;
  if (!digits(text, 2) || text[2] != ':' || !digits(text + 3, 2) || text[5] != ':' || !digits(text + 6, 2)) return -2;
  if (text[8] != '\0') return -2;
  const int hour = two(text), minute = two(text + 3), second = two(text + 6);
  return hour < 24 && minute < 60 && second < 60 ? hour * 3600 + minute * 60 + second : -2;
}

/// Index in the list of exchanges; 0 = empty, 255 = any other text. ExchangeID is a char[9].
inline std::int32_t exchange_index(const char* text) {
  static constexpr const char* kExchanges[] = {"", "CFFEX", "SHFE", "CZCE", "DCE", "INE", "GFEX", "SSE", "SZSE"};
  if (text[0] == '\0') return 0;
  for (std::int32_t i = 1; i < 9; i++)
    if (std::strncmp(text, kExchanges[i], 9) == 0) return i;
  return 255;
}

}  // namespace tickd
