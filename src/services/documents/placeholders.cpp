#include "placeholders.hpp"

#include <algorithm>

namespace minben::documents {

namespace {

/// Calls `literal` with stretches of text and `name` with placeholders; false at the first fault.
bool walk(std::string_view text, const auto& literal, const auto& name) {
  while (!text.empty()) {
    const auto brace = text.find_first_of("{}");
    literal(text.substr(0, brace));
    if (brace == std::string_view::npos) return true;
    const char c = text[brace];
    text.remove_prefix(brace);
    if (text.size() > 1 && text[1] == c) {
      literal(text.substr(0, 1));
      text.remove_prefix(2);
      continue;
    }
    const auto end = text.find('}');
    if (c == '}' || end == std::string_view::npos) return false;
    if (!name(text.substr(1, end - 1))) return false;
    text.remove_prefix(end + 1);
  }
  return true;
}

}  // namespace

bool is_placeholder_name(std::string_view name) {
  if (name.empty() || name.size() > 64 || name.front() < 'a' || name.front() > 'z') return false;
  return std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '.';
  });
}

std::optional<std::vector<std::string>> placeholders(std::string_view text) {
  std::vector<std::string> names;
  const bool whole = walk(
      text, [](std::string_view) {},
      [&](std::string_view name) {
        names.emplace_back(name);
        return is_placeholder_name(name);
      });
  if (!whole) return std::nullopt;
  return names;
}

Result<std::string> fill(std::string_view text, const Values& values, Language language) {
  std::string out;
  std::string missing;
  const bool whole = walk(
      text, [&](std::string_view literal) { out += literal; },
      [&](std::string_view name) {
        const auto found = values.texts.find(name);
        if (found == values.texts.end()) return missing = name, false;
        out += found->second.in(language);
        return true;
      });
  if (!missing.empty())
    return fail(Kind::invalid, "missing_value", "a placeholder has no value", missing);
  if (!whole) return fail(Kind::invalid, "bad_placeholder");
  return out;
}

}  // namespace minben::documents
