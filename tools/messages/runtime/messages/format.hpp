#pragma once
// How placeholders are shown, for the generated functions.
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/core.hpp"

namespace minben::msg::detail {

inline void text(std::string& out, Language, std::string_view value) { out += value; }
void integer(std::string& out, Language language, std::int64_t value);  ///< "12,345"
void twd(std::string& out, Language language, std::int64_t value);  ///< "NT$3,700", "新臺幣3,700元"
void date(std::string& out, Language language, Date value);
void time(std::string& out, Language language, Instant value);

struct Entry {
  std::string_view key;
  std::string_view zh_hant;
  std::string_view en;
};
/// Entries are sorted by key, but for an empty last one.
std::optional<std::string_view> find(std::span<const Entry> entries, Language language,
                                     std::string_view key);

}  // namespace minben::msg::detail
