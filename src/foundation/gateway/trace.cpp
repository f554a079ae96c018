#include "trace.hpp"

#include <fmt/format.h>

namespace minben::gateway {

namespace {

constexpr std::size_t length = 55;
constexpr std::size_t longest = 512;

bool is_hex(std::string_view text) {
  return std::ranges::all_of(
      text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

bool is_id(std::string_view text) {
  return is_hex(text) && text.find_first_not_of('0') != text.npos;
}

std::string new_id(std::size_t bytes, Random& random) {
  Bytes id(bytes);
  do random.fill(id);
  while (std::ranges::all_of(id, [](std::uint8_t byte) { return byte == 0; }));
  return hex_encode(id);
}

net::Headers without_state(const net::Headers& fields) {
  net::Headers out;
  for (const auto& [name, value] : fields.all())
    if (to_lower_ascii(name) != "tracestate") out.add(name, value);
  return out;
}

}  // namespace

bool is_traceparent(std::string_view text) {
  if (text.size() < length || text.size() > longest) return false;
  const std::string_view version = text.substr(0, 2);
  if (!is_hex(version) || version == "ff") return false;
  if (text.size() > length && (version == "00" || text[length] != '-')) return false;
  return text[2] == '-' && is_id(text.substr(3, 32)) && text[35] == '-' &&
         is_id(text.substr(36, 16)) && text[52] == '-' && is_hex(text.substr(53, 2));
}

std::string traceparent_of(const net::Headers& fields) {
  std::size_t count = 0;
  for (const auto& [name, value] : fields.all()) count += to_lower_ascii(name) == "traceparent";
  const std::string_view text = fields.get("traceparent");
  return count == 1 && is_traceparent(text) ? std::string(text) : std::string();
}

std::string continue_trace(net::Headers& fields, Random& random) {
  const std::string received = traceparent_of(fields);
  std::string trace;
  std::string_view flags = "01";  // whoever begins a trace keeps it: it is in the message log
  if (received.empty()) {
    if (fields.has("tracestate")) fields = without_state(fields);
    trace = new_id(16, random);
  } else {
    trace = received.substr(3, 32);
    // Of the flags only the lowest bit has a meaning at this level (§3.2.2.5).
    const char last = received[54];
    const int digit = last <= '9' ? last - '0' : last - 'a' + 10;
    flags = digit % 2 == 1 ? "01" : "00";
  }
  std::string next = fmt::format("00-{}-{}-{}", trace, new_id(8, random), flags);
  fields.set("traceparent", next);
  return next;
}

}  // namespace minben::gateway
