// What the checks found of the agency's datasets, and what can be put right.
#include <algorithm>

#include <fmt/format.h>

#include "open/quality_words.hpp"
#include "page/slices.hpp"
#include "publishing.hpp"

namespace minben::steward {

namespace {

using catalogue::DatasetId;
using quality::Report;

constexpr int most_listed = 200;
constexpr std::size_t datasets_a_page = 25;

struct Line {
  Entry entry;
  Report report;
};

/// Of the publishers that the officer answers for: the platform's stewards also for who has none.
Result<std::vector<Line>> lines_of(const Parts& parts, const Visit& visit) {
  return parts.database.separately([&](store::Transaction& tx) -> Result<std::vector<Line>> {
    MINBEN_TRY(publishers, parts.catalogue.publishers(tx));
    std::vector<DatasetId> ids;
    for (const catalogue::Publisher& each : publishers) {
      if (!voices::answers_for(parts.voices.config(), visit.officer(), each)) continue;
      const int left = most_listed - static_cast<int>(ids.size());
      if (left <= 0) break;
      MINBEN_TRY(some, parts.quality.to_raise(tx, each.code, left));
      std::ranges::move(some, std::back_inserter(ids));
    }
    MINBEN_TRY(entries, parts.catalogue.entries(tx, ids));
    std::vector<Line> out;
    for (Entry& entry : entries) {
      if (entry.status != catalogue::Status::published) continue;
      auto report = parts.quality.report(tx, entry);
      if (!report && report.error().kind != Kind::not_found) return fail(report.error());
      if (report) out.push_back({std::move(entry), std::move(*report)});
    }
    std::ranges::sort(out, {}, [](const Line& each) {
      return std::tuple(each.report.broken == 0, each.report.badge, each.report.mqa.total,
                        each.entry.dataset.id);
    });
    return out;
  });
}

void again_form(Writer& page, const Visit& visit, const Entry& entry) {
  page::form(page, visit, desk_url(visit, {"quality", to_string(entry.dataset.id), "check"}),
             [&](Writer& form) {
               page::button(form, {.text = std::string(msg::quality_desk_again(visit.language)),
                                   .style = page::ButtonStyle::secondary,
                                   .about = entry.dataset.title.in(visit.language)});
             });
}

void state_of(Writer& page, const Visit& visit, const Report& report) {
  open::badge_tag(page, visit.language, report.badge);
  if (!report.checking) return;
  page << " ";
  page::tag(page, msg::quality_checking(visit.language), Tone::waiting);
}

void table(Writer& page, const Visit& visit, std::span<const Line> lines) {
  const Language language = visit.language;
  const std::vector<page::Column> columns{
      {.title = std::string(msg::quality_desk_dataset(language)), .self_evident = true},
      {.title = std::string(msg::quality_desk_badge(language))},
      {.title = std::string(msg::quality_desk_unmet(language))},
      {.title = std::string(msg::quality_desk_links(language)), .numeric = true},
      {.title = std::string(msg::quality_desk_again(language)), .self_evident = true}};
  page::table(page, msg::quality_desk(language), columns,
              [&](Writer& rows) {
                for (const auto& [entry, report] : lines)
                  page::stacked_row(rows, columns, [&](page::Cells& cells) {
                    cells.head([&](Writer& cell) {
                      page::link(cell, entry.dataset.title.in(language),
                                 visit.url({"datasets", entry.dataset.name, "quality"}));
                      cell << "<br><span class=\"mb-under\">"
                           << msg::quality_mqa_short(language, report.mqa.total) << "</span>";
                    });
                    cells.add([&](Writer& cell) { state_of(cell, visit, report); });
                    std::vector<std::string> unmet;
                    for (const auto& each : report.judged.to_raise) unmet.emplace_back(each.code);
                    cells.add(open::criteria_text(language, unmet));
                    cells.add(msg::quality_broken_of(
                        language, report.broken, static_cast<std::int64_t>(report.links.size())));
                    cells.add([&](Writer& cell) { again_form(cell, visit, entry); });
                  });
              },
              {.caption_hidden = true, .stacks = true});
}

Result<net::Response> show(const Parts& parts, Visit& visit) {
  const Language language = visit.language;
  MINBEN_TRY(lines, lines_of(parts, visit));
  const page::Slice slice = page::slice(visit.request.query, lines.size(), datasets_a_page);
  Frame made = frame(visit, msg::quality_desk(language), Section::quality);
  made.wide = true;
  return html_page(visit, made, [&](Writer& page) {
    page::heading(page, 1, msg::quality_desk(language), Size::l);
    page::paragraph(page, msg::quality_desk_text(language));
    if (lines.empty()) return page::paragraph(page, msg::quality_desk_none(language));
    if (std::ssize(lines) == most_listed)
      page::hint(page, msg::quality_desk_cut(language, most_listed));
    table(page, visit, slice.of(lines));
    page::pagination(page, language, slice.pages, desk_url(visit, {"quality"}));
  });
}

Result<net::Response> check(const Parts& parts, Visit& visit) {
  MINBEN_TRY(id, visit.id<DatasetId>("dataset"));
  const auto asked = parts.database.transact([&](store::Transaction& tx) -> Result<void> {
    MINBEN_TRY(entry, parts.catalogue.find(tx, id));
    MINBEN_TRY(publisher, parts.catalogue.publisher(tx, entry.dataset.publisher));
    if (!voices::answers_for(parts.voices.config(), visit.officer(), publisher))
      return fail(Kind::not_found, "no_such_dataset", "another agency's");
    return parts.quality.ask(tx, id);
  });
  if (asked)
    return page::redirect_with(visit, desk_url(visit, {"quality"}), page::Notice::success,
                               msg::quality_desk_asked(visit.language));
  if (asked.error().code != "asked_already") return fail(asked.error());
  return page::redirect_with(visit, desk_url(visit, {"quality"}), page::Notice::info,
                             msg::quality_desk_asked_already(visit.language));
}

}  // namespace

void quality_line(Writer& page, const Parts& parts, const Visit& visit, const Entry& entry) {
  if (entry.status != catalogue::Status::published) return;
  const auto report = parts.database.separately(
      [&](store::Transaction& tx) { return parts.quality.report(tx, entry); });
  if (!report) return;
  page << "<p class=\"govuk-body\">" << msg::quality_badge_label(visit.language) << " ";
  state_of(page, visit, *report);
  page << " ";
  page::link(page, msg::quality_details(visit.language),
             visit.url({"datasets", entry.dataset.name, "quality"}));
  page << "</p>";
}

void add_quality(Pages& pages) {
  pages.get("/desk/data/quality", page::access::data_steward, show);
  pages.post("/desk/data/quality/{dataset}/check", page::access::data_steward, check);
}

}  // namespace minben::steward
