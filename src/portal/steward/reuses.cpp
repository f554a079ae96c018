// Entries of the showcase that wait for a look.
#include <fmt/format.h>

#include "parts.hpp"
#include "voices/showcase.hpp"

namespace minben::steward {

namespace {

using voices::Reuse;
using voices::ReuseId;
using voices::ReuseState;

Url reuse_url(const Visit& visit, const ReuseId& id, std::string_view action = {}) {
  return desk_url(visit, {"reuses", to_string(id), action});
}

void body(Writer& page, const Visit& visit, const Reuse& reuse, const DatasetNames& names) {
  const Language language = visit.language;
  page::summary_list(page, [&](Writer& list) {
    page::summary_row(list, msg::voices_column_state(language),
                      voices_text(language, fmt::format("reuse_state_{}", to_string(reuse.state))));
    page::summary_row(list, msg::voices_reuse_kind(language),
                      voices_text(language, fmt::format("reuse_kind_{}", to_string(reuse.kind))));
    page::summary_row(list, msg::voices_reuse_words(language),
                      [&](Writer& p) { p.lines(reuse.words); });
    page::summary_row(list, msg::voices_reuse_url(language), [&](Writer& p) {
      if (const auto url = Url::published(reuse.url))
        page::outside_link(p, language, reuse.url, *url);
      else p << reuse.url;
    });
    page::summary_row(list, msg::voices_reuse_uses(language), [&](Writer& p) {
      for (const catalogue::DatasetId& dataset : reuse.datasets) {
        open::dataset_link(p, visit, names, dataset);
        p << "<br>";
      }
    });
  });
  if (reuse.picture_type.empty()) return;
  page << "<p class=\"govuk-body\"><img class=\"mb-picture\" alt=\""
       << msg::voices_reuse_picture_of(language, reuse.title) << "\" src=\""
       << reuse_url(visit, reuse.id, "picture") << "\"></p>";
}

Result<net::Response> reuse_page(const Parts& parts, const Visit& visit, const Typed& typed) {
  const Language language = visit.language;
  MINBEN_TRY(id, visit.id<ReuseId>("reuse"));
  MINBEN_TRY(reuse, parts.voices.showcase().open(visit.officer(), id));
  MINBEN_TRY(names, parts.names(visit, reuse.datasets));
  Frame made = frame(visit, reuse.title);
  made.back = page::Link{std::string(msg::voices_steward_title(language)), desk_url(visit)};
  made.errors = typed.errors;
  const bool held = reuse.state == ReuseState::held;
  return html_page(
      visit, made,
      [&](Writer& page) {
        page::heading(page, 1, reuse.title, Size::l);
        body(page, visit, reuse, names);
        if (held)
          small_form(page, visit, typed,
                     {.action = reuse_url(visit, id, "show"),
                      .version = reuse.version,
                      .field = {},
                      .label = {},
                      .button = msg::voices_steward_show(language),
                      .style = page::ButtonStyle::primary});
        if (held || (reuse.state == ReuseState::shown && of_platform(parts, visit)))
          small_form(page, visit, typed,
                     {.action = reuse_url(visit, id, "decline"),
                      .version = reuse.version,
                      .field = "reason",
                      .label = msg::voices_steward_reason_asker(language),
                      .button = msg::voices_steward_decline(language)});
      },
      typed.status);
}

Result<net::Response> show_one(const Parts& parts, Visit& visit) {
  return reuse_page(parts, visit, {});
}

Result<net::Response> picture(const Parts& parts, Visit& visit) {
  MINBEN_TRY(id, visit.id<ReuseId>("reuse"));
  MINBEN_TRY(picture, parts.voices.showcase().picture(visit.officer(), id));
  return net::Response::bytes(std::move(picture.bytes), picture.type);
}

Result<net::Response> show(const Parts& parts, Visit& visit) {
  MINBEN_TRY(id, visit.id<ReuseId>("reuse"));
  return done(parts, visit,
              parts.voices.showcase().show(visit.officer(), id, open::posted_version(visit)),
              reuse_page);
}

Result<net::Response> decline(const Parts& parts, Visit& visit) {
  MINBEN_TRY(id, visit.id<ReuseId>("reuse"));
  return done(parts, visit,
              parts.voices.showcase().decline(visit.officer(), id, open::posted_version(visit),
                                              visit.request.form.get("reason")),
              reuse_page);
}

}  // namespace

void add_reuses(Pages& pages) {
  using page::access::data_steward;
  pages.get("/desk/data/reuses/{reuse}", data_steward, show_one);
  pages.get("/desk/data/reuses/{reuse}/picture", data_steward, picture);
  pages.post("/desk/data/reuses/{reuse}/show", data_steward, show);
  pages.post("/desk/data/reuses/{reuse}/decline", data_steward, decline);
}

}  // namespace minben::steward
