#include "settings_reader.hpp"

#include <algorithm>

namespace minben::mydata {

const Json* SettingsReader::member(std::string_view name) {
  read_.emplace_back(name);
  return find(object_, name);
}

Result<void> SettingsReader::text(std::string_view name, std::string& into, std::size_t most,
                                  bool required) {
  const Json* value = member(name);
  if (value == nullptr) {
    if (required) return bad(name, "is missing");
    return {};
  }
  if (!value->is_string()) return bad(name, "expected a text");
  into = value->get_string().c_str();
  if (trim(into).empty() || !is_utf8(into) || length_in_characters(into) > most)
    return bad(name, fmt::format("1 to {} characters", most));
  return {};
}

Result<void> SettingsReader::both(std::string_view name, Bilingual& into) {
  const Json* value = member(name);
  if (value == nullptr || !value->is_object())
    return bad(name, R"(expected {"zh-Hant": …, "en": …})");
  into = {string_or(*value, "zh-Hant"), string_or(*value, "en")};
  for (const std::string* one : {&into.zh_hant, &into.en})
    if (trim(*one).empty() || !is_utf8(*one) || length_in_characters(*one) > 500)
      return bad(name, "1 to 500 characters in both languages");
  return {};
}

Result<void> SettingsReader::texts(std::string_view name, std::vector<std::string>& into,
                                   std::size_t least, std::size_t most) {
  const Json* value = member(name);
  if (value == nullptr && least == 0) return {};
  if (value == nullptr || !value->is_array()) return bad(name, "expected a list of texts");
  for (const Json& one : value->get_array()) {
    if (!one.is_string() || one.get_string().empty() || one.get_string().size() > 1000)
      return bad(name, "expected texts of 1 to 1000 bytes");
    into.emplace_back(one.get_string().c_str());
  }
  if (into.size() < least || into.size() > most)
    return bad(name, fmt::format("{} to {} of them", least, most));
  return {};
}

Result<void> SettingsReader::number(std::string_view name, int& into, int least, int most) {
  const Json* value = member(name);
  if (value == nullptr) return {};
  const bool good = value->is_int64() && value->get_int64() >= least && value->get_int64() <= most;
  if (!good) return bad(name, fmt::format("{} to {}", least, most));
  into = static_cast<int>(value->get_int64());
  return {};
}

Result<void> SettingsReader::flag(std::string_view name, bool& into) {
  const Json* value = member(name);
  if (value == nullptr) return {};
  if (!value->is_bool()) return bad(name, "expected true or false");
  into = value->get_bool();
  return {};
}

Result<void> SettingsReader::agency(std::string_view name, AgencyCode& into) {
  MINBEN_CHECK(text(name, into.value, 64, true));
  if (!is_code(into.value)) return bad(name, "expected [a-z0-9][a-z0-9._-]{0,63}");
  return {};
}

Result<void> SettingsReader::no_others() const {
  for (const auto& [name, value] : object_.get_object())
    if (std::ranges::find(read_, std::string_view(name)) == read_.end())
      return bad(std::string_view(name), "is not known");
  return {};
}

bool is_public_name(std::string_view text) {
  return !text.empty() && text.size() <= 64 && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
  });
}

}  // namespace minben::mydata
