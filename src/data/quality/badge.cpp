#include "quality/badge.hpp"

#include <algorithm>
#include <array>

namespace minben::quality {

namespace {

struct Rule {
  std::string_view code;
  Badge needed_for;
  Finding Findings::* finding;
};
constexpr std::array<Rule, 5> rules{{
    {"linkable", Badge::bronze, &Findings::linkable},
    {"downloadable", Badge::bronze, &Findings::downloadable},
    {"structure", Badge::silver, &Findings::structured},
    {"encoding_match", Badge::gold, &Findings::encoding},
    {"desc_match", Badge::gold, &Findings::description},
}};

bool met(Finding finding) { return finding == Finding::passed || finding == Finding::exempt; }

}  // namespace

Finding worse(Finding a, Finding b) {
  for (const Finding finding : {Finding::failed, Finding::not_checked, Finding::passed})
    if (a == finding || b == finding) return finding;
  return Finding::exempt;
}

std::string_view to_string(Badge badge) {
  constexpr std::array<std::string_view, 5> words{"none", "bronze", "silver", "gold", "platinum"};
  return words.at(static_cast<std::size_t>(badge));
}

std::string_view to_string(Finding finding) {
  constexpr std::array<std::string_view, 4> words{"passed", "failed", "not_checked", "exempt"};
  return words.at(static_cast<std::size_t>(finding));
}

std::string_view badge_name(Badge badge) {
  switch (badge) {
    case Badge::none:
      return "";
    case Badge::bronze:
      return "銅";
    case Badge::silver:
      return "銀";
    case Badge::gold:
      return "金";
    case Badge::platinum:
      return "白金";
  }
  return "";
}

int badge_weight_percent(Badge badge) {
  switch (badge) {
    case Badge::none:
      return 0;
    case Badge::bronze:
      return 30;
    case Badge::silver:
      return 60;
    case Badge::gold:
    case Badge::platinum:
      return 100;
  }
  return 0;
}

std::string_view national_value(Finding finding) {
  switch (finding) {
    case Finding::passed:
      return "1";
    case Finding::failed:
      return "0";
    case Finding::not_checked:
      return "";
    case Finding::exempt:
      return "無(白名單)";
  }
  return "";
}

BadgeResult judge(const catalogue::Dataset& dataset, const std::vector<Findings>& findings,
                  Finding timely) {
  BadgeResult out;
  const std::size_t count = dataset.distributions.size();
  for (const Rule& rule : rules) {
    Criterion criterion{
        rule.code, rule.needed_for, count == 0 ? Finding::not_checked : Finding::exempt, {}};
    for (std::size_t i = 0; i < count; ++i) {
      const Finding finding =
          i < findings.size() ? findings[i].*rule.finding : Finding::not_checked;
      criterion.finding = worse(criterion.finding, finding);
      if (!met(finding)) criterion.distributions.push_back(i);
    }
    out.criteria.push_back(std::move(criterion));
  }
  out.criteria.push_back({"timely", Badge::platinum, timely, {}});

  for (const Badge badge : {Badge::bronze, Badge::silver, Badge::gold, Badge::platinum}) {
    for (const Criterion& criterion : out.criteria)
      if (criterion.needed_for == badge && !met(criterion.finding))
        out.to_raise.push_back(criterion);
    if (!out.to_raise.empty()) break;
    out.badge = badge;
  }
  return out;
}

Finding timeliness(const catalogue::Dataset& dataset, Instant now) {
  using Kind = catalogue::Frequency::Kind;
  switch (dataset.frequency.kind) {
    case Kind::unknown:
      return Finding::not_checked;
    case Kind::irregular:
    case Kind::once:
    case Kind::continuous:
      return Finding::exempt;
    case Kind::regular:
      break;
  }
  const auto changed = catalogue::data_changed_at(dataset);
  if (!changed) return Finding::not_checked;
  const auto due = catalogue::due(dataset.frequency, *changed);
  return !due || now <= *due ? Finding::passed : Finding::failed;
}

}  // namespace minben::quality
