// Command lines: fields separated by tabs. Data cannot split a line or a field: `\t`, `\n`, `\0` and `\\` are escapes
// for these characters, and other control characters are refused before they reach the vendor's library.
#pragma once

#include <string>
#include <vector>

namespace tickd {

/// Reported instead of the vendor's return code for a request that never reached the library.
constexpr int kTextTooLong = -100, kTextControl = -101;

inline std::vector<std::string> command_fields(const std::string& line) {
  std::vector<std::string> fields(1);
  for (std::size_t at = 0; at < line.size(); at++) {
    const char byte = line[at];
    if (byte == '\t') fields.emplace_back();
    else if (byte != '\\' || at + 1 == line.size()) fields.back() += byte;
    else {
      const char escaped = line[++at];
      fields.back() += escaped == 't' ? '\t' : escaped == 'n' ? '\n' : escaped == '0' ? '\0' : escaped;
    }
  }
  return fields;
}

/// Why a text cannot go into a field of `size` bytes, its ending NUL included: 0 when it can.
inline int text_problem(const std::string& text, std::size_t size) {
  for (const char byte : text)
    if (static_cast<unsigned char>(byte) < 0x20 || byte == 0x7f) return kTextControl;
  return text.size() < size ? 0 : kTextTooLong;
}

/// True for an address that the library supports: it kills the process for any other scheme. Only the simulated
/// market-data library has `bench://`.
inline bool is_front_address(const std::string& front) {
  constexpr std::size_t kAddressMax = 300;
  for (const char* scheme : {"tcp://", "ssl://", "bench://"})
    if (front.rfind(scheme, 0) == 0) return text_problem(front, kAddressMax) == 0;
  return false;
}

inline const char* text_problem_words(int problem) {
  return problem == kTextControl ? "the id holds a control character" : "the id is longer than the field of this library";
}

}  // namespace tickd
