// What a dataset was before, and what each release changed.
#include <fmt/format.h>

#include "parts.hpp"

namespace minben::open {

namespace {

using catalogue::Difference;
using catalogue::Version;

/// "officer:…" in words: which kind of hand it was, never whose.
std::string_view by_text(Language language, std::string_view by) {
  const auto text =
      msg::find_in_open(language, fmt::format("open_by_{}", by.substr(0, by.find(':'))));
  return text ? *text : std::string_view();
}

Result<net::Response> list(const Parts& parts, Visit& visit) {
  MINBEN_TRY(entry, entry_of(parts, visit));
  MINBEN_TRY(versions, parts.read([&](store::Transaction& tx) {
    return parts.catalogue.versions(tx, entry.dataset.id);
  }));
  const Language language = visit.language;
  Frame made = frame(visit, msg::open_versions(language), Section::datasets);
  made.back = page::Link{entry.dataset.title.in(language), dataset_url(visit, entry.dataset.name)};
  return html_page(visit, made, [&](Writer& page) {
    page << "<h1 class=\"govuk-heading-l\">" << msg::open_versions(language) << "</h1>";
    page::paragraph(page, entry.dataset.title.in(language));
    page::timeline(page, [&](Writer& items) {
      for (const Version& each : versions)
        page::timeline_item(items,
                            {.title = std::string(msg::open_version_number(language, each.number)),
                             .time = long_time(each.published_at, language),
                             .machine_time = to_string(each.published_at),
                             .by = std::string(by_text(language, each.published_by))},
                            [&](Writer& more) {
                              if (!each.note.empty()) more << "<p>" << each.note << "</p>";
                              if (each.number > 1)
                                page::link(more, msg::open_what_changed(language),
                                           dataset_url(visit, entry.dataset.name)
                                               .below({"versions", std::to_string(each.number)}));
                            });
    });
  });
}

std::string value_text(const Json& value) {
  if (value.is_null()) return {};
  if (const auto* text = value.if_string()) return std::string(*text);
  return write_json_pretty(value);
}

Result<net::Response> show(const Parts& parts, Visit& visit) {
  MINBEN_TRY(entry, entry_of(parts, visit));
  const auto number = parse_integer(visit.request.parameter("number"), 2, 1'000'000);
  if (!number) return fail(Kind::not_found, "no_such_page");
  const catalogue::DatasetId id = entry.dataset.id;
  MINBEN_TRY(after, parts.read([&](store::Transaction& tx) {
    return parts.catalogue.version(tx, id, static_cast<int>(*number));
  }));
  MINBEN_TRY(before, parts.read([&](store::Transaction& tx) {
    return parts.catalogue.version(tx, id, static_cast<int>(*number) - 1);
  }));
  const Language language = visit.language;
  const std::string title(msg::open_changes_title(language, after.number));
  Frame made = frame(visit, title, Section::datasets);
  made.back = page::Link{std::string(msg::open_versions(language)),
                         dataset_url(visit, entry.dataset.name).below({"versions"})};
  made.wide = true;
  const std::vector<page::Column> columns{{.title = std::string(msg::open_change_member(language))},
                                          {.title = std::string(msg::open_change_before(language))},
                                          {.title = std::string(msg::open_change_after(language))}};
  return html_page(visit, made, [&](Writer& page) {
    page << "<h1 class=\"govuk-heading-l\">" << title << "</h1>";
    page::paragraph(page, long_time(after.published_at, language));
    if (!after.note.empty()) page::paragraph(page, after.note);
    page::table(page, msg::open_what_changed(language), columns,
                [&](Writer& rows) {
                  for (const Difference& each : differences(before.dataset, after.dataset))
                    page::stacked_row(rows, columns, [&](page::Cells& cells) {
                      cells.head([&](Writer& cell) {
                        cell << "<code class=\"mb-code\">" << each.pointer << "</code>";
                      });
                      cells.add([&](Writer& cell) { cell.lines(value_text(each.before)); });
                      cells.add([&](Writer& cell) { cell.lines(value_text(each.after)); });
                    });
                },
                {.caption_hidden = true, .stacks = true});
  });
}

}  // namespace

void add_versions(Pages& pages) {
  pages.get("/datasets/{name}/versions", page::access::anyone, list);
  pages.get("/datasets/{name}/versions/{number}", page::access::anyone, show);
}

}  // namespace minben::open
