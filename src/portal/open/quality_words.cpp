#include "quality_words.hpp"

#include <fmt/format.h>

namespace minben::open {

using page::Tone;
using page::Writer;
using quality::Badge;
using quality::Finding;

std::string_view quality_text(Language language, std::string_view key) {
  return msg::find_in_quality(language, fmt::format("quality_{}", key)).value_or("");
}

std::string_view badge_text(Language language, const std::optional<Badge>& badge) {
  return quality_text(language, fmt::format("badge_{}", badge ? to_string(*badge) : "unknown"));
}

void badge_tag(Writer& page, Language language, const std::optional<Badge>& badge) {
  switch (badge.value_or(Badge::none)) {
    case Badge::none:
      page << "<span class=\"mb-badge\">";
      break;
    case Badge::bronze:
      page << "<span class=\"mb-badge mb-badge--bronze\"><span aria-hidden=\"true\">◆ </span>";
      break;
    case Badge::silver:
      page << "<span class=\"mb-badge mb-badge--silver\"><span aria-hidden=\"true\">◆◆ </span>";
      break;
    case Badge::gold:
      page << "<span class=\"mb-badge mb-badge--gold\"><span aria-hidden=\"true\">◆◆◆ </span>";
      break;
    case Badge::platinum:
      page << "<span class=\"mb-badge mb-badge--platinum\"><span "
              "aria-hidden=\"true\">◆◆◆◆ </span>";
      break;
  }
  page << badge_text(language, badge) << "</span>";
}

void finding_tag(Writer& page, Language language, Finding finding) {
  switch (finding) {
    case Finding::passed:
      return page::tag(page, msg::quality_met(language), Tone::good);
    case Finding::failed:
      return page::tag(page, msg::quality_not_met(language), Tone::bad);
    case Finding::exempt:
      return page::tag(page, msg::quality_exempt(language), Tone::neutral);
    case Finding::not_checked:
      return page::tag(page, msg::quality_not_checked(language), Tone::waiting);
  }
}

std::string_view reason_text(Language language, std::string_view code) {
  if (code.empty()) return {};
  if (code.starts_with("http_")) return msg::quality_reason_http(language);
  const std::string_view known = quality_text(language, fmt::format("reason_{}", code));
  return known.empty() ? msg::quality_reason_other(language) : known;
}

void what_would_raise(Writer& page, Language language, const quality::Report& report) {
  const auto& judged = report.judged;
  if (judged.to_raise.empty()) return page::paragraph(page, msg::quality_raise_none(language));
  page::paragraph(page, msg::quality_raise_next(
                            language, badge_text(language, judged.to_raise.front().needed_for)));
  page << "<ul class=\"govuk-list govuk-list--bullet\">";
  for (const quality::Criterion& each : judged.to_raise)
    page << "<li><strong>" << quality_text(language, fmt::format("criterion_{}", each.code))
         << "</strong> · " << quality_text(language, fmt::format("raise_{}", each.code)) << "</li>";
  page << "</ul>";
}

std::string criteria_text(Language language, const std::vector<std::string>& codes) {
  std::string out;
  for (const std::string& each : codes) {
    if (!out.empty()) out += language == Language::en ? ", " : "、";
    out += quality_text(language, fmt::format("criterion_{}", each));
  }
  return out;
}

}  // namespace minben::open
