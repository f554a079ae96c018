#include "quality_parts.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "page/charts.hpp"

namespace minben::open {

using catalogue::Dataset;
using catalogue::DistributionId;
using quality::Criterion;
using quality::Evidence;
using quality::Finding;
using quality::Link;
using quality::LinkState;
using quality::MqaPoint;
using quality::Report;

namespace {

constexpr std::size_t most_shown = 20;  ///< files with a reason, of one criterion

std::string when_text(const std::optional<Instant>& at, Language language) {
  return at ? long_time(*at, language) : std::string(msg::quality_never(language));
}

/// One file's reason, with what was expected and found.
void reason(Writer& page, Language language, const std::string& file, const Evidence& evidence) {
  page << "<li>";
  if (!file.empty()) page << file << " · ";
  page << reason_text(language, evidence.reason);
  if (!evidence.expected.empty())
    page << " · " << msg::quality_expected(language) << " <code>" << evidence.expected << "</code>";
  if (!evidence.found.empty())
    page << " · " << msg::quality_found(language) << " <code>" << evidence.found << "</code>";
  page << "</li>";
}

bool is_met(Finding finding) { return finding == Finding::passed || finding == Finding::exempt; }

/// Those that say why; a file without a download address has none of its own.
void reasons_of(Writer& page, Language language, const Dataset& dataset, const Report& report,
                const Criterion& criterion) {
  std::size_t shown = 0;
  for (const Link& link : report.links)
    for (const Evidence& each : link.evidence)
      if (each.criterion == criterion.code && !is_met(each.finding) && shown++ < most_shown)
        reason(page, language,
               dataset.distributions.size() > 1 ? file_name(language, dataset, link.distribution)
                                                : std::string(),
               each);
  if (shown > most_shown)
    page << "<li>+" << static_cast<std::int64_t>(shown - most_shown) << "</li>";
  if (shown > 0) return;
  if (criterion.code == "timely")
    reason(page, language, "",
           {"timely", criterion.finding,
            criterion.finding == Finding::failed ? "late" : "nothing_promised", "", ""});
  else if (criterion.code == "downloadable" && criterion.finding == Finding::failed)
    reason(page, language, "", {"downloadable", Finding::failed, "no_download_address", "", ""});
}

Tone tone_of(LinkState state) {
  switch (state) {
    case LinkState::ok:
      return Tone::good;
    case LinkState::broken:
      return Tone::bad;
    case LinkState::failing:
      return Tone::warn;
    case LinkState::waiting:
      break;
  }
  return Tone::waiting;
}

void dimension_chart(Writer& page, Language language, const quality::MqaScore& score) {
  page::BarChart chart{.title = std::string(msg::quality_dimension_chart(language)),
                       .description = std::string(msg::quality_dimension_chart_text(language)),
                       .label_title = std::string(msg::quality_dimension(language)),
                       .value_title = std::string(msg::quality_points(language)),
                       .bars = {},
                       .mark = 100.0,
                       .mark_text = "100%"};
  using enum quality::Dimension;
  for (const auto dimension :
       {findability, accessibility, interoperability, reusability, contextuality}) {
    const int given = score.of(dimension), most = quality::most_of(dimension);
    chart.bars.push_back(
        {std::string(quality_text(language, fmt::format("dimension_{}", to_string(dimension)))),
         100.0 * given / most, msg::quality_points_of(language, given, most)});
  }
  page::bar_chart(page, language, "mqa", chart);
}

void points_table(Writer& page, Language language, std::span<const MqaPoint> points) {
  const std::vector<page::Column> columns{
      {.title = std::string(msg::quality_metric(language)), .self_evident = true},
      {.title = std::string(msg::quality_dimension(language))},
      {.title = std::string(msg::quality_points(language)), .numeric = true},
      {.title = std::string(msg::quality_why(language))}};
  page::table(
      page, msg::quality_mqa(language), columns,
      [&](Writer& rows) {
        for (const MqaPoint& each : points)
          page::stacked_row(rows, columns, [&](page::Cells& cells) {
            cells.head([&](Writer& cell) {
              cell << quality_text(language, fmt::format("metric_{}", each.metric));
            });
            cells.add(
                quality_text(language, fmt::format("dimension_{}", to_string(each.dimension))));
            cells.add(msg::quality_points_of(language, each.given, each.most));
            cells.add(each.lack == quality::Lack::none
                          ? std::string_view()
                          : quality_text(language, fmt::format("lack_{}", to_string(each.lack))));
          });
      },
      {.caption_hidden = true, .stacks = true});
}

/// What costs points is seen at once; all 23 metrics on demand.
void points_tables(Writer& page, Language language, const quality::MqaScore& score) {
  std::vector<MqaPoint> lacking;
  std::ranges::copy_if(score.points, std::back_inserter(lacking),
                       [](const MqaPoint& each) { return each.lack != quality::Lack::none; });
  if (!lacking.empty()) points_table(page, language, lacking);
  page::details(page, msg::quality_all_metrics(language, std::ssize(score.points)),
                [&](Writer& content) { points_table(content, language, score.points); });
}

}  // namespace

std::string file_name(Language language, const Dataset& dataset, DistributionId id) {
  const auto& all = dataset.distributions;
  const auto found = std::ranges::find(all, id, &catalogue::Distribution::id);
  if (found == all.end()) return to_string(id);
  if (!found->title.empty()) return found->title.in(language);
  return std::string(msg::open_file(language, found - all.begin() + 1));
}

void criteria_table(Writer& page, const Visit& visit, const Dataset& dataset,
                    const Report& report) {
  const Language language = visit.language;
  const std::vector<page::Column> columns{
      {.title = std::string(msg::quality_criterion(language)), .self_evident = true},
      {.title = std::string(msg::quality_needed_for(language))},
      {.title = std::string(msg::quality_finding(language))},
      {.title = std::string(msg::quality_why(language))}};
  page::heading(page, 2, msg::quality_criteria(language));
  page::table(page, msg::quality_criteria(language), columns,
              [&](Writer& rows) {
                for (const Criterion& each : report.judged.criteria)
                  page::stacked_row(rows, columns, [&](page::Cells& cells) {
                    cells.head([&](Writer& cell) {
                      cell << quality_text(language, fmt::format("criterion_{}", each.code));
                    });
                    cells.add(badge_text(language, each.needed_for));
                    cells.add([&](Writer& cell) { finding_tag(cell, language, each.finding); });
                    cells.add([&](Writer& cell) {
                      if (is_met(each.finding)) return;
                      cell << "<ul class=\"govuk-list mb-reasons\">";
                      reasons_of(cell, language, dataset, report, each);
                      cell << "</ul>";
                    });
                  });
              },
              {.caption_hidden = true, .stacks = true});
}

void links_table(Writer& page, const Visit& visit, const Dataset& dataset, const Report& report) {
  if (report.links.empty()) return;
  const Language language = visit.language;
  const std::vector<page::Column> columns{
      {.title = std::string(msg::quality_file(language)), .self_evident = true},
      {.title = std::string(msg::quality_address(language))},
      {.title = std::string(msg::quality_state(language))},
      {.title = std::string(msg::quality_checked(language))},
      {.title = std::string(msg::quality_next_check(language))}};
  page::heading(page, 2, msg::quality_files(language));
  page::table(
      page, msg::quality_files(language), columns,
      [&](Writer& rows) {
        for (const Link& each : report.links)
          page::stacked_row(rows, columns, [&](page::Cells& cells) {
            cells.head([&](Writer& cell) {
              cell << file_name(language, dataset, each.distribution) << " ("
                   << quality_text(language, fmt::format("kind_{}", to_string(each.kind))) << ")";
            });
            cells.add([&](Writer& cell) {
              cell << "<span class=\"mb-address\">" << each.url << "</span>";
            });
            cells.add([&](Writer& cell) {
              page::tag(cell,
                        quality_text(language, fmt::format("state_{}", to_string(each.state))),
                        tone_of(each.state));
              if (each.status && *each.status > 0)
                cell << " " << msg::quality_http_status(language, *each.status);
            });
            cells.add(when_text(each.checked_at, language));
            cells.add(long_time(each.next_at, language));
          });
      },
      {.caption_hidden = true, .stacks = true});
}

void mqa_section(Writer& page, const Visit& visit, const Report& report) {
  const Language language = visit.language;
  const quality::MqaScore& score = report.mqa;
  page::heading(page, 2, msg::quality_mqa(language));
  page::paragraph(page, msg::quality_mqa_text(language));
  page << "<p class=\"govuk-body\"><strong>"
       << msg::quality_mqa_total(
              language, score.total,
              quality_text(language, fmt::format("rating_{}", to_string(score.rating))))
       << "</strong></p>";
  dimension_chart(page, language, score);
  points_tables(page, language, score);
  if (report.conformance.empty()) return;
  page::heading(page, 3, msg::quality_conformance_faults(language), Size::s);
  page << "<ul class=\"govuk-list govuk-list--bullet\">";
  for (std::size_t i = 0; i < report.conformance.size() && i < most_shown; ++i) {
    const auto& fault = report.conformance[i];
    page << "<li><code>" << fault.property << "</code> "
         << quality_text(language, fmt::format("rule_{}", fault.rule))
         << " · <span class=\"mb-address\">" << fault.node << "</span></li>";
  }
  page << "</ul>";
}

void badge_history(Writer& page, const Visit& visit,
                   const std::vector<quality::BadgeChange>& changes) {
  const Language language = visit.language;
  page::heading(page, 2, msg::quality_history(language));
  if (changes.empty()) return page::paragraph(page, msg::quality_history_none(language));
  page::timeline(page, [&](Writer& items) {
    for (const quality::BadgeChange& each : changes)
      page::timeline_item(
          items,
          {.title = std::string(badge_text(language, each.badge)),
           .time = long_time(each.at, language),
           .machine_time = to_string(each.at),
           .by = fmt::format("{} · {}", msg::quality_history_version(language, each.version),
                             msg::quality_mqa_short(language, each.mqa))},
          [&](Writer& more) {
            if (!each.unmet.empty())
              page::paragraph(
                  more, msg::quality_history_unmet(language, criteria_text(language, each.unmet)));
          });
  });
}

void checks_table(Writer& page, const Visit& visit, const Dataset& dataset,
                  const std::vector<quality::Check>& checks) {
  const Language language = visit.language;
  page::heading(page, 2, msg::quality_last_checks(language));
  if (checks.empty()) return page::paragraph(page, msg::quality_no_checks(language));
  const std::vector<page::Column> columns{
      {.title = std::string(msg::quality_checked(language)), .self_evident = true},
      {.title = std::string(msg::quality_file(language))},
      {.title = std::string(msg::quality_finding(language))},
      {.title = std::string(msg::quality_why(language))}};
  page::table(page, msg::quality_last_checks(language), columns,
              [&](Writer& rows) {
                for (const quality::Check& each : checks)
                  page::stacked_row(rows, columns, [&](page::Cells& cells) {
                    cells.head([&](Writer& cell) { cell << long_time(each.at, language); });
                    cells.add(file_name(language, dataset, each.distribution));
                    cells.add([&](Writer& cell) {
                      cell << quality_text(language,
                                           fmt::format("outcome_{}", to_string(each.outcome)))
                           << " · "
                           << (each.read ? msg::quality_was_read(language)
                                         : msg::quality_only_asked(language));
                    });
                    cells.add([&](Writer& cell) {
                      cell << reason_text(language, each.reason);
                      if (each.status && *each.status > 0)
                        cell << " " << msg::quality_http_status(language, *each.status);
                    });
                  });
              },
              {.caption_hidden = true, .stacks = true});
}

}  // namespace minben::open
