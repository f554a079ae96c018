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

Bilingual named_agency(const Package& package, const AgencyCode& agency) {
  const auto key = "agency." + agency.value;
  if (!package.texts.contains(key)) return {agency.value, agency.value};
  return both(package, key);
}

}  // namespace minben::casework
