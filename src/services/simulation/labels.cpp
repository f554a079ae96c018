#include "labels.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace minben::simulation {

const Estimate* figure(const Report& report, std::string_view name) {
  const auto found = report.figures.find(name);
  return found == report.figures.end() ? nullptr : &found->second;
}

std::string in_words(double value, Unit unit) {
  const double shown = unit == Unit::share ? value * 100 : value;
  auto text = fmt::format("{:.{}f}", shown, unit == Unit::count ? 2 : 1);
  if (text.starts_with('-') && text.find_first_not_of("-0.") == text.npos) text.erase(0, 1);
  return unit == Unit::share ? text + " %" : text;
}

std::string interval(const Estimate& estimate, Unit unit) {
  if (estimate.runs < 2) return "";
  const auto unit_in_words = std::string_view(unit == Unit::share ? " %" : "");
  auto low = in_words(estimate.mean - estimate.half_width, unit);
  low.resize(low.size() - unit_in_words.size());  // said once, at the end
  return low + " … " + in_words(estimate.mean + estimate.half_width, unit);
}

std::string cut(const std::string& words, std::size_t length) {
  if (length_in_characters(words) <= length) return words;
  std::string kept;
  std::size_t count = 0;
  for (const char c : words) {
    if ((c & 0xC0) != 0x80 && count++ == length - 1) break;
    kept += c;
  }
  return kept + "…";
}

std::string grouped(std::int64_t number) {
  auto text = std::to_string(number);
  for (auto at = static_cast<std::ptrdiff_t>(text.size()) - 3; at > 0; at -= 3) {
    text.insert(static_cast<std::size_t>(at), ",");
  }
  return text;
}

std::vector<Label> headlines(const Report& report) {
  const std::vector<Label> all{
      {"days.mean", {"自送件至結案之日數，平均", "Days to the end, mean"}, Unit::days},
      {"days.median", {"自送件至結案之日數，中位數", "Days to the end, median"}, Unit::days},
      {"days.p90",
       {"自送件至結案之日數，第九十百分位", "Days to the end, 90th percentile"},
       Unit::days},
      {"working_days.mean", {"工作日數，平均", "Working days, mean"}, Unit::days},
      {"working_days.median", {"工作日數，中位數", "Working days, median"}, Unit::days},
      {"working_days.p90", {"工作日數，第九十百分位", "Working days, 90th percentile"}, Unit::days},
      {"applicant_days.mean",
       {"其中等候申請人之日數", "of them days with the applicant"},
       Unit::days},
      {"statutory.share", {"於法定期間內辦結", "Decided within the statutory days"}, Unit::share},
      {"visits.counter", {"每件臨櫃次數", "Visits to a counter, per case"}, Unit::count},
      {"visits.supplements", {"每件補正次數", "Supplements asked for, per case"}, Unit::count}};
  std::vector<Label> found;
  for (const auto& label : all) {
    if (figure(report, label.figure)) found.push_back(label);
  }
  return found;
}

std::vector<Label> lines(const Report& report) {
  std::vector<Label> found;
  for (const auto& step : report.package->steps) {
    if (figure(report, "step." + step.id + ".wait_days")) {
      found.push_back({"step." + step.id, step.title, Unit::days});
    }
    if (figure(report, "confirm." + step.id + ".wait_days")) {
      found.push_back({"confirm." + step.id,
                       {step.title.zh_hant + "：駁回複核", step.title.en + ": refusal confirmed"},
                       Unit::days});
    }
  }
  return found;
}

namespace {

/// In the words of the portal; a role of the package's own is shown by its code.
std::string role_in_chinese(const std::string& role) {
  constexpr std::pair<std::string_view, std::string_view> words[] = {{"caseworker", "承辦人"},
                                                                     {"approver", "覆核人"},
                                                                     {"consultant", "諮詢人員"},
                                                                     {"team_lead", "主管"}};
  for (const auto& [code, word] : words) {
    if (role == code) return std::string(word);
  }
  return role;
}

std::string agency_in_chinese(const Report& report, const AgencyCode& agency) {
  const auto name = report.package->texts.find("agency." + agency.value);
  return name == report.package->texts.end() ? agency.value : name->second.zh_hant;
}

}  // namespace

std::vector<Label> teams(const Report& report) {
  std::vector<Label> found;
  for (const auto& [agency, role] : report.teams) {
    const auto name = fmt::format("team.{}.{}.utilisation", agency.value, role);
    if (!figure(report, name)) continue;
    found.push_back({name,
                     {agency_in_chinese(report, agency) + " " + role_in_chinese(role),
                      agency.value + " " + role},
                     Unit::share});
  }
  return found;
}

std::vector<Label> outcomes(const Report& report) {
  std::vector<Label> found;
  for (const auto& [name, estimate] : report.figures) {
    if (!name.starts_with("outcome.")) continue;
    const auto code = name.substr(std::string_view("outcome.").size());
    found.push_back({name, {code, code}, Unit::share});
  }
  std::ranges::sort(found, [&](const Label& a, const Label& b) {
    return std::pair(-figure(report, a.figure)->mean, a.figure) <
           std::pair(-figure(report, b.figure)->mean, b.figure);
  });
  return found;
}

Classes classes_of(std::span<const Report* const> reports) {
  int most = 0;
  for (const auto* report : reports) {
    if (!report->by_days.empty()) most = std::max(most, report->by_days.rbegin()->first);
  }
  Classes classes;
  constexpr int columns = 25;
  for (const int width : {1, 2, 5, 10, 20, 50, 100}) {
    classes.width = width;
    if (most / width < columns) break;
  }
  for (const auto* report : reports) {
    std::vector<std::int64_t> counts(static_cast<std::size_t>(most / classes.width) + 1);
    for (const auto& [day, count] : report->by_days) {
      counts[static_cast<std::size_t>(day / classes.width)] += count;
    }
    classes.counts.push_back(std::move(counts));
  }
  return classes;
}

}  // namespace minben::simulation
