// What waits for the steward: requests, reports and entries of the showcase.
#include <fmt/format.h>

#include "messages/harvest.hpp"
#include "parts.hpp"
#include "voices/reports.hpp"
#include "voices/requests.hpp"
#include "voices/showcase.hpp"

namespace minben::steward {

namespace {

using voices::ReportLine;
using voices::RequestLine;
using voices::Reuse;

std::string publisher(const Parts& parts, const Visit& visit,
                      const catalogue::PublisherCode& code) {
  if (code.value.empty()) return std::string(msg::voices_request_not_routed(visit.language));
  return open::publisher_title(parts.index, visit.language, code);
}

void requests_table(Writer& page, const Parts& parts, const Visit& visit,
                    std::span<const RequestLine> lines) {
  const Language language = visit.language;
  const page::Column columns[] = {
      {.title = std::string(msg::voices_column_request(language)), .self_evident = true},
      {.title = std::string(msg::voices_column_publisher(language))},
      {.title = std::string(msg::voices_column_state(language))},
      {.title = std::string(msg::voices_column_due(language))},
      {.title = std::string(msg::voices_column_supporters(language))}};
  page::table(
      page, msg::voices_steward_requests(language), columns,
      [&](Writer& rows) {
        for (const RequestLine& line : lines)
          page::stacked_row(rows, columns, [&](page::Cells& cells) {
            cells.head([&](Writer& p) {
              page::link(p, line.title, desk_url(visit, {"requests", to_string(line.id)}));
            });
            cells.add(publisher(parts, visit,
                                line.publisher.value.empty() ? line.suggested : line.publisher));
            cells.add([&](Writer& p) { open::request_tags(p, visit, line); });
            cells.add(line.promised_on && !line.waiting()
                          ? msg::voices_request_promised(language, *line.promised_on)
                          : long_date(line.last_day(), language));
            cells.add(std::to_string(line.supporters));
          });
      },
      {.caption_hidden = true, .stacks = true});
}

void reports_table(Writer& page, const Parts& parts, const Visit& visit, const DatasetNames& names,
                   std::span<const ReportLine> lines) {
  const Language language = visit.language;
  const page::Column columns[] = {
      {.title = std::string(msg::voices_report_kind(language)), .self_evident = true},
      {.title = std::string(msg::voices_report_dataset(language))},
      {.title = std::string(msg::voices_steward_publisher(language))},
      {.title = std::string(msg::voices_column_state(language))},
      {.title = std::string(msg::voices_column_due(language))}};
  page::table(
      page, msg::voices_steward_reports(language), columns,
      [&](Writer& rows) {
        for (const ReportLine& line : lines)
          page::stacked_row(rows, columns, [&](page::Cells& cells) {
            cells.head([&](Writer& p) {
              page::link(p, voices_text(language, fmt::format("problem_{}", to_string(line.kind))),
                         desk_url(visit, {"reports", to_string(line.id)}));
              p << "<br><span class=\"mb-under\">";
              p.lines(line.words);
              p << "</span>";
            });
            cells.add([&](Writer& p) { open::dataset_link(p, visit, names, line.dataset); });
            cells.add(publisher(parts, visit, line.publisher));
            cells.add([&](Writer& p) { open::report_tags(p, visit, line); });
            cells.add(long_date(line.last_day(), language));
          });
      },
      {.caption_hidden = true, .stacks = true});
}

void reuses_list(Writer& page, const Visit& visit, std::span<const Reuse> reuses) {
  page << "<ul class=\"govuk-list\">";
  for (const Reuse& reuse : reuses) {
    page << "<li>";
    page::link(page, reuse.title, desk_url(visit, {"reuses", to_string(reuse.id)}));
    page << " · "
         << voices_text(visit.language, fmt::format("reuse_kind_{}", to_string(reuse.kind)))
         << " · " << long_date(taiwan_date(reuse.sent_at), visit.language) << "</li>";
  }
  page << "</ul>";
}

Result<net::Response> show(const Parts& parts, Visit& visit) {
  const Language language = visit.language;
  MINBEN_TRY(requests, parts.voices.requests().queue(visit.officer()));
  MINBEN_TRY(reports, parts.voices.reports().queue(visit.officer()));
  MINBEN_TRY(reuses, parts.voices.showcase().queue(visit.officer()));
  std::vector<catalogue::DatasetId> ids;
  for (const ReportLine& line : reports) ids.push_back(line.dataset);
  MINBEN_TRY(names, parts.names(visit, ids));
  Frame made = frame(visit, msg::voices_steward_title(language));
  made.wide = true;
  return html_page(visit, made, [&](Writer& page) {
    page::heading(page, 1, msg::voices_steward_title(language), Size::l);
    page::paragraph(page, msg::voices_steward_text(language));
    if (of_platform(parts, visit)) {
      page << "<p class=\"govuk-body\">";
      page::link(page, msg::harvest_title(language), desk_url(visit, {"harvest"}));
      page << "</p>";
    }
    page::heading(page, 2, msg::voices_steward_requests(language));
    if (requests.empty()) page::paragraph(page, msg::voices_steward_none(language));
    else requests_table(page, parts, visit, requests);
    page::heading(page, 2, msg::voices_steward_reports(language));
    if (reports.empty()) page::paragraph(page, msg::voices_steward_none(language));
    else reports_table(page, parts, visit, names, reports);
    page::heading(page, 2, msg::voices_steward_reuses(language));
    if (reuses.empty()) page::paragraph(page, msg::voices_steward_none(language));
    else reuses_list(page, visit, reuses);
  });
}

}  // namespace

void add_queue(Pages& pages) { pages.get("/desk/data", page::access::data_steward, show); }

}  // namespace minben::steward
