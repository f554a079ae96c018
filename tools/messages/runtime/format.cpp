#include "messages/format.hpp"

#include <algorithm>

#include "core/digits.hpp"

namespace minben::msg::detail {

void integer(std::string& out, Language, std::int64_t value) { out += group_digits(value); }

void twd(std::string& out, Language language, std::int64_t value) {
  out += language == Language::zh_hant ? "新臺幣" : "NT$";
  integer(out, language, value);
  if (language == Language::zh_hant) out += "元";
}

void date(std::string& out, Language language, Date value) { out += long_date(value, language); }
void time(std::string& out, Language language, Instant value) { out += long_time(value, language); }

std::optional<std::string_view> find(std::span<const Entry> entries, Language language,
                                     std::string_view key) {
  entries = entries.first(entries.size() - 1);
  const auto found = std::lower_bound(entries.begin(), entries.end(), key,
                                      [](const Entry& e, std::string_view k) { return e.key < k; });
  if (found == entries.end() || found->key != key) return std::nullopt;
  return language == Language::zh_hant ? found->zh_hant : found->en;
}

}  // namespace minben::msg::detail
