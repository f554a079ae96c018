// How good a dataset is: its badge with the reasons and what would raise it, its points, its
// history.
#include <fmt/format.h>

#include "quality_parts.hpp"

namespace minben::open {

namespace {

using catalogue::Entry;
using catalogue::Status;
using quality::BadgeChange;
using quality::Check;
using quality::Report;

constexpr int shown_checks = 20, shown_changes = 20;
constexpr int told_checks = 100, told_changes = 50;

struct Known {
  Entry entry;
  std::optional<Report> report;  ///< nothing before the first look
  std::vector<Check> checks;
  std::vector<BadgeChange> changes;
};

Result<Known> known_of(const Parts& parts, const Visit& visit, int most_checks, int most_changes) {
  MINBEN_TRY(entry, entry_of(parts, visit));
  if (entry.status != Status::published) return fail(Kind::not_found, "no_such_dataset");
  return parts.read([&](store::Transaction& tx) -> Result<Known> {
    Known out{entry, std::nullopt, {}, {}};
    auto report = parts.quality.report(tx, entry);
    if (!report && report.error().kind != Kind::not_found) return fail(report.error());
    if (!report) return out;
    out.report = std::move(*report);
    MINBEN_TRY(checks, parts.quality.checks(tx, entry.dataset.id, most_checks));
    out.checks = std::move(checks);
    MINBEN_TRY(changes, parts.quality.changes(tx, entry.dataset.id, most_changes));
    out.changes = std::move(changes);
    return out;
  });
}

void standing(Writer& page, const Visit& visit, const Report& report) {
  const Language language = visit.language;
  page << "<p class=\"govuk-body mb-standing\">";
  badge_tag(page, language, report.badge);
  if (report.badge_since)
    page << " " << msg::quality_since(language, taiwan_date(*report.badge_since));
  page << " · " << msg::quality_mqa_short(language, report.mqa.total);
  if (report.checking) {
    page << " ";
    page::tag(page, msg::quality_checking(language), Tone::waiting);
  }
  page << "</p>";
}

Result<net::Response> show(const Parts& parts, Visit& visit) {
  MINBEN_TRY(known, known_of(parts, visit, shown_checks, shown_changes));
  const Language language = visit.language;
  const catalogue::Dataset& dataset = known.entry.dataset;
  const Url here = dataset_url(visit, dataset.name).below({"quality"});
  const std::string title(msg::quality_of_dataset(language));
  Frame made =
      frame(visit, fmt::format("{} – {}", title, dataset.title.in(language)), Section::datasets);
  made.trail = {{std::string(msg::open_title(language)), search_url(visit)},
                {dataset.title.in(language), dataset_url(visit, dataset.name)},
                {title, here}};
  made.wide = true;
  return html_page(visit, made, [&](Writer& page) {
    page << "<h1 class=\"govuk-heading-l\">" << title << "<span class=\"govuk-caption-l\">";
    text(page, language, dataset.title);
    page << "</span></h1>";
    page::paragraph(page, msg::quality_intro(language));
    if (!known.report) return page::paragraph(page, msg::quality_not_assessed(language));
    const Report& report = *known.report;
    standing(page, visit, report);
    page::heading(page, 2, msg::quality_raise(language));
    what_would_raise(page, language, report);
    criteria_table(page, visit, dataset, report);
    links_table(page, visit, dataset, report);
    mqa_section(page, visit, report);
    badge_history(page, visit, known.changes);
    checks_table(page, visit, dataset, known.checks);
    page << "<p class=\"govuk-body\">";
    page::link(page, msg::quality_as_json(language),
               dataset_url(visit, dataset.name).below({"quality.json"}));
    page << "</p>";
  });
}

Result<net::Response> show_json(const Parts& parts, Visit& visit) {
  MINBEN_TRY(known, known_of(parts, visit, told_checks, told_changes));
  if (!known.report) return fail(Kind::not_found, "not_assessed", "not looked at yet");
  net::Response response =
      net::Response::json(quality::to_json(*known.report, known.checks, known.changes));
  response.headers.set("Access-Control-Allow-Origin", "*");
  return response;
}

}  // namespace

void quality_line(Writer& page, const Parts& parts, const Visit& visit, const Entry& entry) {
  if (entry.status != Status::published) return;
  const Language language = visit.language;
  const auto report =
      parts.read([&](store::Transaction& tx) { return parts.quality.report(tx, entry); });
  page << "<p class=\"govuk-body mb-standing\">" << msg::quality_badge_label(language) << " ";
  badge_tag(page, language, report ? report->badge : std::nullopt);
  page << " ";
  page::link(page, msg::quality_details(language),
             dataset_url(visit, entry.dataset.name).below({"quality"}));
  if (report && report->checking) {
    page << " ";
    page::tag(page, msg::quality_checking(language), Tone::waiting);
  }
  if (report && report->broken > 0) {
    page << " ";
    page::tag(page, msg::open_mark_broken(language), Tone::bad);
  }
  page << "</p>";
}

void add_quality(Pages& pages) {
  pages.get("/datasets/{name}/quality", page::access::anyone, show);
  pages.get("/datasets/{name}/quality.json", page::access::anyone, show_json);
}

}  // namespace minben::open
