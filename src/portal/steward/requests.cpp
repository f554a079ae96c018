// One request: publishing and routing it, answering it, handing it on.
#include "voices/requests.hpp"

#include <fmt/format.h>

#include "parts.hpp"

namespace minben::steward {

namespace {

using catalogue::PublisherCode;
using voices::Request;
using voices::RequestId;
using voices::RequestState;

constexpr std::array<std::string_view, 4> answers{"release", "exists", "on_application", "refused"};

Url request_url(const Visit& visit, const RequestId& id, std::string_view action = {}) {
  return desk_url(visit, {"requests", to_string(id), action});
}

void publisher_field(Writer& page, const Parts& parts, const Visit& visit, const Typed& typed,
                     std::string_view label, std::string_view chosen) {
  const Language language = visit.language;
  const std::string value = typed.form ? typed.value("publisher") : std::string(chosen);
  page::select(page,
               {.name = "publisher",
                .label = std::string(label),
                .hint = {},
                .error = typed.error_of("publisher")},
               open::publisher_choices(parts.index, language, value, msg::voices_choose(language)));
}

void look_forms(Writer& page, const Parts& parts, const Visit& visit, const Request& request,
                const Typed& typed) {
  const Language language = visit.language;
  page::heading(page, 2, msg::voices_steward_publish(language));
  small_form(page, visit, typed,
             {.action = request_url(visit, request.id, "publish"),
              .version = request.version,
              .field = {},
              .label = {},
              .button = msg::voices_steward_publish(language),
              .style = page::ButtonStyle::primary},
             [&](Writer& p) {
               publisher_field(p, parts, visit, typed, msg::voices_steward_publish_to(language),
                               request.suggested.value);
             });
  page::heading(page, 2, msg::voices_steward_decline(language));
  small_form(page, visit, typed,
             {.action = request_url(visit, request.id, "decline"),
              .version = request.version,
              .field = "reason",
              .label = msg::voices_steward_reason_asker(language),
              .button = msg::voices_steward_decline(language)});
}

void ground_field(Writer& page, Language language, const Typed& typed) {
  std::vector<page::Choice> grounds{{"", std::string(msg::voices_choose(language)), {}, false}};
  for (int number = 1; number <= 9; ++number)
    grounds.push_back({std::to_string(number),
                       std::string(voices_text(language, fmt::format("ground_{}", number))),
                       {},
                       typed.value("ground") == std::to_string(number)});
  page::select(page,
               {.name = "ground",
                .label = std::string(msg::voices_steward_ground(language)),
                .hint = {},
                .error = typed.error_of("ground")},
               grounds);
}

void answer_form(Writer& page, const Visit& visit, const Request& request, const Typed& typed) {
  const Language language = visit.language;
  const std::string title(request.state == RequestState::reopened
                              ? msg::voices_steward_answer_again(language)
                              : msg::voices_steward_answer(language));
  page::heading(page, 2, title);
  page::form(page, visit, request_url(visit, request.id, "answer"), [&](Writer& p) {
    page::hidden(p, "version", std::to_string(request.version));
    open::choice_field(p, language, typed, {"kind", msg::voices_steward_answer_kind(language)},
                       "kind_", answers);
    page::date_input(p, language,
                     {.name = "release_on",
                      .label = std::string(msg::voices_steward_release_on(language)),
                      .hint = {},
                      .error = typed.error_of("release_on")},
                     typed.form ? page::date_parts(*typed.form, "release_on") : page::DateParts{});
    open::text_field(p, typed, {"dataset", msg::voices_steward_dataset(language)});
    ground_field(p, language, typed);
    open::words_field(p, language, typed, {"words", msg::voices_steward_answer_words(language)});
    page::button(p, title);
  });
}

void reroute_form(Writer& page, const Parts& parts, const Visit& visit, const Request& request,
                  const Typed& typed) {
  const Language language = visit.language;
  page::heading(page, 2, msg::voices_steward_reroute(language));
  page::paragraph(page, msg::voices_steward_reroute_text(language));
  small_form(page, visit, typed,
             {.action = request_url(visit, request.id, "reroute"),
              .version = request.version,
              .field = "reason",
              .label = msg::voices_steward_reason(language),
              .button = msg::voices_steward_reroute(language)},
             [&](Writer& p) {
               publisher_field(p, parts, visit, typed, msg::voices_steward_publish_to(language),
                               {});
             });
}

void release_form(Writer& page, const Visit& visit, const Request& request, const Typed& typed) {
  const Language language = visit.language;
  page::heading(page, 2, msg::voices_steward_release(language));
  small_form(page, visit, typed,
             {.action = request_url(visit, request.id, "release"),
              .version = request.version,
              .field = {},
              .label = {},
              .button = msg::voices_steward_release(language)},
             [&](Writer& p) {
               open::text_field(p, typed,
                                {"released", msg::voices_steward_released_dataset(language)});
             });
}

/// Only what this officer may do in its state.
void actions(Writer& page, const Parts& parts, const Visit& visit, const Request& request,
             const Typed& typed) {
  const bool platform = of_platform(parts, visit);
  if (request.state == RequestState::held) {
    if (platform) look_forms(page, parts, visit, request, typed);
    return;
  }
  const auto publisher = parts.database.separately(
      [&](store::Transaction& tx) { return parts.catalogue.publisher(tx, request.publisher); });
  const bool ours =
      publisher && voices::answers_for(parts.voices.config(), visit.officer(), *publisher);
  if (request.promised_on && ours) release_form(page, visit, request, typed);
  if (request.state != RequestState::open && request.state != RequestState::reopened) return;
  if (ours) answer_form(page, visit, request, typed);
  reroute_form(page, parts, visit, request, typed);
}

Result<net::Response> request_page(const Parts& parts, const Visit& visit, const Typed& typed) {
  MINBEN_TRY(id, visit.id<RequestId>("request"));
  MINBEN_TRY(request, parts.voices.requests().open(visit.officer(), id));
  MINBEN_TRY(names, parts.names(visit, open::datasets_of(request)));
  Frame made = frame(visit, request.title);
  made.back = page::Link{std::string(msg::voices_steward_title(visit.language)), desk_url(visit)};
  made.errors = typed.errors;
  return html_page(
      visit, made,
      [&](Writer& page) {
        page::heading(page, 1, request.title, Size::l);
        open::request_body(page, visit, {parts.index, names}, request);
        actions(page, parts, visit, request, typed);
      },
      typed.status);
}

Result<net::Response> show(const Parts& parts, Visit& visit) {
  return request_page(parts, visit, {});
}

PublisherCode posted_publisher(const Visit& visit) {
  return {std::string(visit.request.form.get("publisher"))};
}

Result<net::Response> publish(const Parts& parts, Visit& visit) {
  MINBEN_TRY(id, visit.id<RequestId>("request"));
  return done(parts, visit,
              parts.voices.requests().publish(visit.officer(), id, open::posted_version(visit),
                                              posted_publisher(visit)),
              request_page);
}

Result<net::Response> decline(const Parts& parts, Visit& visit) {
  MINBEN_TRY(id, visit.id<RequestId>("request"));
  return done(parts, visit,
              parts.voices.requests().decline(visit.officer(), id, open::posted_version(visit),
                                              visit.request.form.get("reason")),
              request_page);
}

Result<net::Response> reroute(const Parts& parts, Visit& visit) {
  MINBEN_TRY(id, visit.id<RequestId>("request"));
  return done(
      parts, visit,
      parts.voices.requests().reroute(visit.officer(), id, open::posted_version(visit),
                                      posted_publisher(visit), visit.request.form.get("reason")),
      request_page);
}

Result<net::Response> answer(const Parts& parts, Visit& visit) {
  MINBEN_TRY(id, visit.id<RequestId>("request"));
  const net::Form& form = visit.request.form;
  voices::NewAnswer given;
  given.kind = voices::parse_answer_kind(form.get("kind")).value_or(voices::AnswerKind::none);
  given.words = form.get("words");
  if (const auto day = parse_date(page::date_text(page::date_parts(form, "release_on"))))
    given.release_on = *day;
  given.dataset = form.get("dataset");
  given.ground = static_cast<int>(parse_integer(form.get("ground"), 1, 9).value_or(0));
  return done(
      parts, visit,
      parts.voices.requests().answer(visit.officer(), id, open::posted_version(visit), given),
      request_page);
}

Result<net::Response> release(const Parts& parts, Visit& visit) {
  MINBEN_TRY(id, visit.id<RequestId>("request"));
  return done(parts, visit,
              parts.voices.requests().release(visit.officer(), id, open::posted_version(visit),
                                              visit.request.form.get("released")),
              request_page, {{"dataset", "released"}});
}

}  // namespace

void add_requests(Pages& pages) {
  using page::access::data_steward;
  pages.get("/desk/data/requests/{request}", data_steward, show);
  pages.post("/desk/data/requests/{request}/publish", data_steward, publish);
  pages.post("/desk/data/requests/{request}/decline", data_steward, decline);
  pages.post("/desk/data/requests/{request}/reroute", data_steward, reroute);
  pages.post("/desk/data/requests/{request}/answer", data_steward, answer);
  pages.post("/desk/data/requests/{request}/release", data_steward, release);
}

}  // namespace minben::steward
