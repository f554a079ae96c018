#include "words.hpp"

namespace minben::casework {

Bilingual joined(const std::vector<Bilingual>& values) {
  Bilingual text;
  for (const auto& value : values) {
    text.zh_hant += (text.zh_hant.empty() ? "" : "、") + value.zh_hant;
    text.en += (text.en.empty() ? "" : ", ") + value.en;
  }
  return text;
}

Bilingual long_date_in_both(Date date) {
  return {long_date(date, Language::zh_hant), long_date(date, Language::en)};
}

Bilingual yes_or_no(bool value) { return value ? Bilingual{"是", "Yes"} : Bilingual{"否", "No"}; }

Bilingual both(const Package& package, const std::string& key) {
  return {std::string(package.text(key, Language::zh_hant)),
          std::string(package.text(key, Language::en))};
}

namespace {
/// Text "<kind>.<code>"; the code itself when there is none.
Bilingual named(const Package& package, std::string kind, const std::string& code) {
  const auto key = std::move(kind) + "." + code;
  if (!package.texts.contains(key)) return {code, code};
  return both(package, key);
}
}  // namespace

Bilingual named_agency(const Package& package, const AgencyCode& agency) {
  return named(package, "agency", agency.value);
}
Bilingual named_decision(const Package& package, const std::string& name) {
  return named(package, "decision", name);
}

}  // namespace minben::casework
