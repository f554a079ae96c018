#include <fmt/format.h>

#include "store.hpp"

namespace minben::store {

Param::Param(double value) : text_(fmt::format("{}", value)), null_(false) {}
Param::Param(Instant value) : text_(minben::to_string(value)), null_(false) {}
Param::Param(Date value) : text_(minben::to_string(value)), null_(false) {}
Param::Param(const Json& value) : text_(write_json(value)), null_(false) {}
Param::Param(std::span<const std::uint8_t> bytes)
    : text_("\\x" + hex_encode(bytes)), null_(false) {}

// An array literal (PostgreSQL manual §8.15.2); every element is quoted, so none needs thought.
Param::Param(const std::vector<std::string>& values) : text_("{"), null_(false) {
  for (const std::string& value : values) {
    if (text_.size() > 1) text_ += ',';
    text_ += '"';
    for (const char c : value) {
      if (c == '"' || c == '\\') text_ += '\\';
      text_ += c;
    }
    text_ += '"';
  }
  text_ += '}';
}

}  // namespace minben::store
