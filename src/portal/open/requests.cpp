// 我想要更多: the list of what people want, one request with its course, and asking.
#include <fmt/format.h>

#include "page/slices.hpp"
#include "voices_parts.hpp"

namespace minben::open {

namespace {

using voices::Request;
using voices::RequestId;
using voices::RequestLine;
using voices::RequestQuery;
using voices::RequestState;

constexpr int requests_a_page = 20;
constexpr std::array<std::string_view, 4> asker_kinds{"person", "community", "association",
                                                      "company"};

Url requests_url(const Visit& visit) { return visit.url({"dataset-requests"}); }
Url request_url(const Visit& visit, const RequestId& id) {
  return visit.url({"dataset-requests", to_string(id)});
}

// --------------------------------------------------------------------------------------- list

struct Which {
  std::string_view name;
  RequestQuery::Which which;
};
constexpr std::array<Which, 4> all_which{{{"all", RequestQuery::Which::all},
                                          {"waiting", RequestQuery::Which::waiting},
                                          {"answered", RequestQuery::Which::answered},
                                          {"closed", RequestQuery::Which::closed}}};

struct Listed {
  Which which = all_which[0];
  bool by_support = false;
  int page = 1;
};

Listed read_listed(const net::Form& query) {
  Listed listed;
  for (const Which& each : all_which)
    if (query.get("state") == each.name) listed.which = each;
  listed.by_support = query.get("sort") == "wanted";
  listed.page = page::asked_page(query);
  return listed;
}

Url url_of(const Visit& visit, const Listed& listed) {
  Url url = requests_url(visit);
  if (listed.which.name != "all") url = url.with("state", listed.which.name);
  return listed.by_support ? url.with("sort", "wanted") : url;
}

void choices(Writer& page, const Visit& visit, const Listed& listed) {
  const Language language = visit.language;
  const auto choice = [&](std::string_view text, bool chosen, const Url& url) {
    page << " ";
    if (chosen) page << "<strong aria-current=\"true\">" << text << "</strong>";
    else page::link(page, text, url);
  };
  page << "<nav aria-label=\"" << msg::voices_requests_which(language)
       << "\"><p class=\"mb-sorts\">";
  for (const Which& each : all_which) {
    Listed other = listed;
    other.which = each;
    choice(voices_text(language, fmt::format("which_{}", each.name)),
           each.name == listed.which.name, url_of(visit, other));
  }
  page << "</p><p class=\"mb-sorts\">" << msg::voices_requests_order(language);
  for (const bool by_support : {false, true}) {
    Listed other = listed;
    other.by_support = by_support;
    choice(by_support ? msg::voices_requests_wanted_most(language)
                      : msg::voices_requests_newest(language),
           by_support == listed.by_support, url_of(visit, other));
  }
  page << "</p></nav>";
}

Result<net::Response> list(const Parts& parts, Visit& visit) {
  const Language language = visit.language;
  const Listed listed = read_listed(visit.request.query);
  MINBEN_TRY(found, parts.voices.requests().list({.which = listed.which.which,
                                                  .by_support = listed.by_support,
                                                  .offset = (listed.page - 1) * requests_a_page,
                                                  .limit = requests_a_page}));
  const Frame made = frame(visit, msg::voices_requests_title(language), Section::requests);
  return html_page(visit, made, [&](Writer& page) {
    page::heading(page, 1, msg::voices_requests_title(language), Size::l);
    page::paragraph(page, msg::voices_requests_text(language));
    page::link_button(page, msg::voices_requests_new(language), requests_url(visit).below({"new"}));
    choices(page, visit, listed);
    page << "<p class=\"mb-count\" role=\"status\">"
         << msg::voices_requests_count(language, found.total) << "</p>";
    if (found.lines.empty()) page::paragraph(page, msg::voices_requests_none(language));
    else requests_table(page, visit, parts.index, found.lines);
    page::pagination(
        page, language,
        {.current = listed.page,
         .count = static_cast<int>((found.total + requests_a_page - 1) / requests_a_page)},
        url_of(visit, listed));
  });
}

// ---------------------------------------------------------------------------------------- ask

net::Response new_page(const Parts& parts, const Visit& visit, const Typed& typed) {
  const Language language = visit.language;
  Frame made = frame(visit, msg::voices_requests_new(language), Section::requests);
  made.back = page::Link{std::string(msg::voices_requests_title(language)), requests_url(visit)};
  made.errors = typed.errors;
  return html_page(
      visit, made,
      [&](Writer& page) {
        page::heading(page, 1, msg::voices_requests_new(language), Size::l);
        page::paragraph(page, msg::voices_requests_text(language));
        page::form(page, visit, requests_url(visit), [&](Writer& p) {
          text_field(p, typed, {"title", msg::voices_request_title(language)});
          text_field(p, typed,
                     {"wanted", msg::voices_request_wanted(language),
                      msg::voices_request_wanted_hint(language)});
          words_field(p, language, typed, {"columns", msg::voices_request_columns(language)});
          words_field(p, language, typed, {"reason", msg::voices_request_reason(language)});
          page::select(p,
                       {.name = "suggested",
                        .label = std::string(msg::voices_request_publisher(language)),
                        .hint = {},
                        .error = typed.error_of("suggested")},
                       publisher_choices(parts.index, language, typed.value("suggested"),
                                         msg::voices_request_publisher_unknown(language)));
          choice_field(p, language, typed, {"asker", msg::voices_request_asker(language)}, "asker_",
                       asker_kinds);
          text_field(p, typed, {"unit", msg::voices_request_unit(language)});
          text_field(p, typed, {"industry", msg::voices_request_industry(language)});
          text_field(p, typed,
                     {"name", msg::voices_name(language), msg::voices_name_hint(language)});
          page::button(p, msg::voices_request_send(language));
        });
      },
      typed.status);
}

Result<net::Response> show_new(const Parts& parts, Visit& visit) {
  return new_page(parts, visit, {});
}

Result<net::Response> ask(const Parts& parts, Visit& visit) {
  const net::Form& form = visit.request.form;
  const auto text = [&](std::string_view name) { return std::string(form.get(name)); };
  const auto asker = voices::parse_asker_kind(form.get("asker"));
  const auto asked = asker ? parts.voices.requests().ask({visit.person(), text("name")},
                                                         {.title = text("title"),
                                                          .wanted = text("wanted"),
                                                          .columns = text("columns"),
                                                          .reason = text("reason"),
                                                          .unit = text("unit"),
                                                          .asker = *asker,
                                                          .industry = text("industry"),
                                                          .suggested = text("suggested")})
                           : fail(Kind::invalid, "missing", "who asks", "asker");
  if (!asked) {
    const auto again = typed(visit, asked.error());
    if (!again) return fail(asked.error());
    return new_page(parts, visit, *again);
  }
  return page::redirect_with(visit, request_url(visit, *asked), page::Notice::success,
                             msg::voices_request_sent(visit.language));
}

// ---------------------------------------------------------------------------------------- one

void support_form(Writer& page, const Parts& parts, const Visit& visit, const Request& request,
                  bool own) {
  const Language language = visit.language;
  page::paragraph(page, msg::voices_request_supporters(language, request.supporters));
  if (own || request.state == RequestState::closed) return;
  const auto person = speaker(visit);
  const bool supports =
      person && parts.voices.requests().supports(*person, request.id).value_or(false);
  page::form(
      page, visit, request_url(visit, request.id).below({supports ? "unsupport" : "support"}),
      [&](Writer& p) {
        page::button(p, {.text = std::string(supports ? msg::voices_request_unsupport(language)
                                                      : msg::voices_request_support(language)),
                         .style = page::ButtonStyle::secondary});
      });
}

void rate_form(Writer& page, const Visit& visit, const Request& request, const Typed& typed) {
  const Language language = visit.language;
  const bool answered =
      request.state == RequestState::answered || request.state == RequestState::answered_again;
  if (!answered) return;
  page::heading(page, 2, msg::voices_request_rate(language));
  page::form(page, visit, request_url(visit, request.id).below({"rate"}), [&](Writer& p) {
    page::hidden(p, "version", std::to_string(request.version));
    stars_field(p, language, typed, msg::voices_request_rate(language), 0,
                request.state == RequestState::answered ? msg::voices_request_rate_hint(language)
                                                        : std::string_view());
    words_field(p, language, typed, {"words", msg::voices_request_rate_words(language)});
    page::button(p, msg::voices_request_rate_send(language));
  });
  page::form(page, visit, request_url(visit, request.id).below({"close"}), [&](Writer& p) {
    page::hidden(p, "version", std::to_string(request.version));
    page::button(p, {.text = std::string(msg::voices_request_close(language)),
                     .style = page::ButtonStyle::secondary});
  });
}

Result<net::Response> request_page(const Parts& parts, const Visit& visit, const Typed& typed) {
  const Language language = visit.language;
  MINBEN_TRY(id, visit.id<RequestId>("request"));
  MINBEN_TRY(request, parts.voices.requests().find(id, speaker(visit)));
  MINBEN_TRY(names, dataset_names(parts.database, parts.catalogue, language, datasets_of(request)));
  const bool own = speaker(visit) == request.person;
  Frame made = frame(visit, request.title, Section::requests);
  made.back = page::Link{std::string(msg::voices_requests_title(language)), requests_url(visit)};
  made.errors = typed.errors;
  return html_page(
      visit, made,
      [&](Writer& page) {
        page::heading(page, 1, request.title, Size::l);
        if (request.state == RequestState::held)
          page::inset_text(page, [&](Writer& p) { p << msg::voices_request_held_text(language); });
        if (request.state == RequestState::declined)
          page::inset_text(page,
                           [&](Writer& p) { p << msg::voices_request_declined_text(language); });
        request_body(page, visit, {parts.index, names}, request);
        if (own) rate_form(page, visit, request, typed);
        support_form(page, parts, visit, request, own);
      },
      typed.status);
}

Result<net::Response> show_one(const Parts& parts, Visit& visit) {
  return request_page(parts, visit, {});
}

/// Back to the request, or the page again with what was wrong.
Result<net::Response> done(const Parts& parts, const Visit& visit, const Result<void>& result,
                           std::string_view notice) {
  if (result) {
    MINBEN_TRY(id, visit.id<RequestId>("request"));
    return page::redirect_with(visit, request_url(visit, id), page::Notice::success, notice);
  }
  const auto again = typed(visit, result.error());
  if (!again) return fail(result.error());
  return request_page(parts, visit, *again);
}

Result<net::Response> support(const Parts& parts, Visit& visit) {
  MINBEN_TRY(id, visit.id<RequestId>("request"));
  return done(parts, visit, parts.voices.requests().support(visit.person(), id),
              msg::voices_request_supported(visit.language));
}

Result<net::Response> unsupport(const Parts& parts, Visit& visit) {
  MINBEN_TRY(id, visit.id<RequestId>("request"));
  return done(parts, visit, parts.voices.requests().unsupport(visit.person(), id),
              msg::voices_request_unsupported(visit.language));
}

Result<net::Response> rate(const Parts& parts, Visit& visit) {
  MINBEN_TRY(id, visit.id<RequestId>("request"));
  const net::Form& form = visit.request.form;
  const auto stars = static_cast<int>(parse_integer(form.get("stars"), 1, 5).value_or(0));
  const auto rated = parts.voices.requests().rate(visit.person(), id, posted_version(visit), stars,
                                                  form.get("words"));
  const bool again =
      rated && parts.voices.requests().find(id, visit.person())->state == RequestState::reopened;
  return done(parts, visit, rated,
              again ? msg::voices_request_reopened(visit.language)
                    : msg::voices_request_rated(visit.language));
}

Result<net::Response> close(const Parts& parts, Visit& visit) {
  MINBEN_TRY(id, visit.id<RequestId>("request"));
  return done(parts, visit,
              parts.voices.requests().close(visit.person(), id, posted_version(visit)),
              msg::voices_request_closed(visit.language));
}

}  // namespace

void requests_table(Writer& page, const Visit& visit, const catalogue::Index& index,
                    std::span<const RequestLine> lines) {
  const Language language = visit.language;
  const page::Column columns[] = {
      {.title = std::string(msg::voices_column_request(language)), .self_evident = true},
      {.title = std::string(msg::voices_column_publisher(language))},
      {.title = std::string(msg::voices_column_state(language))},
      {.title = std::string(msg::voices_column_supporters(language))},
      {.title = std::string(msg::voices_column_asked(language))}};
  page::table(
      page, msg::voices_requests_title(language), columns,
      [&](Writer& rows) {
        for (const RequestLine& line : lines)
          page::stacked_row(rows, columns, [&](page::Cells& cells) {
            cells.head([&](Writer& p) { page::link(p, line.title, request_url(visit, line.id)); });
            cells.add(line.publisher.value.empty()
                          ? std::string(msg::voices_request_not_routed(language))
                          : publisher_title(index, language, line.publisher));
            cells.add([&](Writer& p) { request_tags(p, visit, line); });
            cells.add(std::to_string(line.supporters));
            cells.add(long_date(taiwan_date(line.asked_at), language));
          });
      },
      {.caption_hidden = true, .stacks = true});
}

void add_requests(Pages& pages) {
  using page::access::anyone;
  using page::access::signed_in;
  pages.get("/dataset-requests", anyone, list);
  pages.get("/dataset-requests/new", signed_in, show_new);
  pages.post("/dataset-requests", signed_in, ask);
  pages.get("/dataset-requests/{request}", anyone, show_one);
  pages.post("/dataset-requests/{request}/support", signed_in, support);
  pages.post("/dataset-requests/{request}/unsupport", signed_in, unsupport);
  pages.post("/dataset-requests/{request}/rate", signed_in, rate);
  pages.post("/dataset-requests/{request}/close", signed_in, close);
}

}  // namespace minben::open
