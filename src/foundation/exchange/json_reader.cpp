#include "json_reader.hpp"

#include <algorithm>
#include <span>

namespace minben::exchange {

namespace {

constexpr std::size_t max_number = 64;
constexpr std::int64_t max_magnitude = 309;  ///< digits before the point of 1e308

bool is_digit(char c) { return c >= '0' && c <= '9'; }

int hex_value(char c) {
  if (is_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

void append_utf8(std::string& out, std::uint32_t c) {
  const auto byte = [&](std::uint32_t value) { out += static_cast<char>(value); };
  const auto tail = [&](int shift) { byte(0x80 | (c >> shift & 0x3f)); };
  if (c < 0x80) return byte(c);
  if (c < 0x800) {
    byte(0xc0 | c >> 6);
  } else if (c < 0x10000) {
    byte(0xe0 | c >> 12);
    tail(6);
  } else {
    byte(0xf0 | c >> 18);
    tail(12);
    tail(6);
  }
  tail(0);
}

std::uint32_t hex_unit(const char* digits) {
  std::uint32_t value = 0;
  for (int i = 0; i < 4; ++i) value = value << 4 | static_cast<std::uint32_t>(hex_value(digits[i]));
  return value;
}

/// Of an escape that was checked; moves past it.
std::uint32_t read_escape(const char*& at) {
  const char kind = *at++;
  if (kind == 'u') {
    std::uint32_t c = hex_unit(at);
    at += 4;
    if (c >= 0xd800 && c < 0xdc00) {
      c = 0x10000 + ((c - 0xd800) << 10) + (hex_unit(at + 2) - 0xdc00);
      at += 6;
    }
    return c;
  }
  constexpr std::string_view from = "bfnrt", to = "\b\f\n\r\t";
  const auto place = from.find(kind);
  return static_cast<unsigned char>(place == from.npos ? kind : to[place]);
}

}  // namespace

std::string_view JsonReader::value() {
  const char first = peek();
  const char* const start = at_;
  if (first == '{') object([this](auto, auto) { value(); });
  else if (first == '[') array([this] { value(); });
  else if (first == '"') string();
  else if (first == 't') literal("true");
  else if (first == 'f') literal("false");
  else if (first == 'n') literal("null");
  else number();
  return {start, static_cast<std::size_t>(at_ - start)};
}

// ------------------------------------------------------------------------------------- strings

bool JsonReader::escape() {
  ++at_;
  if (at_ == end_) return false;
  const char kind = *at_++;
  if (kind != 'u') return std::string_view("\"\\/bfnrt").find(kind) != std::string_view::npos;
  std::uint32_t high = 0, low = 0;
  if (!unit(high)) return false;
  if (high < 0xd800 || high > 0xdfff) return true;
  if (high > 0xdbff || end_ - at_ < 2 || at_[0] != '\\' || at_[1] != 'u') return false;
  at_ += 2;
  return unit(low) && low >= 0xdc00 && low <= 0xdfff;
}

bool JsonReader::unit(std::uint32_t& out) {
  if (end_ - at_ < 4) return false;
  for (int i = 0; i < 4; ++i)
    if (hex_value(at_[i]) < 0) return false;
  out = hex_unit(at_);
  at_ += 4;
  return true;
}

// Unicode 15 table 3-7; as many as follow each other. Control characters end here too.
bool JsonReader::multibyte() {
  while (at_ != end_) {
    const auto lead = static_cast<unsigned char>(*at_);
    if (lead < 0x80) return lead >= 0x20;
    const int length = lead >= 0xc2 && lead <= 0xdf   ? 2
                       : lead >= 0xe0 && lead <= 0xef ? 3
                       : lead >= 0xf0 && lead <= 0xf4 ? 4
                                                      : 0;
    if (length == 0 || end_ - at_ < length) return false;
    const auto second = static_cast<unsigned char>(at_[1]);
    const unsigned low = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
    const unsigned high = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
    if (second < low || second > high) return false;
    for (int i = 2; i < length; ++i)
      if ((static_cast<unsigned char>(at_[i]) & 0xc0) != 0x80) return false;
    at_ += length;
  }
  return true;
}

// ------------------------------------------------------------------------- numbers and literals

std::size_t JsonReader::digits() {
  const char* const start = at_;
  while (at_ != end_ && is_digit(*at_)) ++at_;
  if (at_ == start) failed_ = true;
  return static_cast<std::size_t>(at_ - start);
}

void JsonReader::number() {
  const auto next_is = [this](char c) { return at_ != end_ && *at_ == c; };
  const char* const start = at_;
  if (next_is('-')) ++at_;
  const bool zero = next_is('0');
  const std::size_t whole = digits();
  if (zero && whole > 1) failed_ = true;
  if (next_is('.')) {
    ++at_;
    digits();
  }
  std::int64_t exponent = 0;
  if (next_is('e') || next_is('E')) {
    ++at_;
    const bool negative = next_is('-');
    if (negative || next_is('+')) ++at_;
    const char* const from = at_;
    if (digits() > 6) failed_ = true;
    for (const char* c = from; c != at_ && !failed_; ++c) exponent = exponent * 10 + (*c - '0');
    if (negative) exponent = -exponent;
  }
  const auto magnitude = static_cast<std::int64_t>(whole) + exponent;
  if (static_cast<std::size_t>(at_ - start) > max_number || magnitude > max_magnitude ||
      magnitude < -max_magnitude)
    failed_ = true;
}

void JsonReader::literal(std::string_view word) {
  if (!std::string_view(at_, static_cast<std::size_t>(end_ - at_)).starts_with(word))
    failed_ = true;
  else at_ += word.size();
}

// --------------------------------------------------------------------------------------- names

std::string JsonReader::decode(std::string_view spelling) {
  std::string out;
  const char* const end = spelling.data() + spelling.size() - 1;
  for (const char* at = spelling.data() + 1; at != end;) {
    if (*at != '\\') out += *at++;
    else append_utf8(out, read_escape(++at));
  }
  return out;
}

void JsonReader::leave_object(std::size_t first) {
  if (!failed_ && same_name_twice(first)) failed_ = true;
  names_.resize(first);
  --depth_;
}

bool JsonReader::same_name_twice(std::size_t first) {
  const auto names = std::span(names_).subspan(first);
  constexpr std::size_t few = 16;
  if (names.size() > few) {
    std::ranges::sort(names);
    return std::ranges::adjacent_find(names) != names.end();
  }
  for (std::size_t i = 1; i < names.size(); ++i)
    for (std::size_t j = 0; j < i; ++j)
      if (names[i] == names[j]) return true;
  return false;
}

}  // namespace minben::exchange
