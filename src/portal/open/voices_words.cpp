#include "voices_words.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace minben::open {

using catalogue::DatasetId;
using catalogue::Publisher;
using catalogue::PublisherCode;
using page::Tone;
using page::Url;
using page::Visit;
using page::Writer;

std::string_view voices_text(Language language, std::string_view key) {
  return msg::find_in_voices(language, fmt::format("voices_{}", key)).value_or("");
}

std::string publisher_title(const catalogue::Index& index, Language language,
                            const PublisherCode& code) {
  const auto all = index.publishers();
  const Publisher* found = find_publisher(*all, code);
  return found != nullptr ? found->title.in(language) : code.value;
}

std::vector<page::Choice> publisher_choices(const catalogue::Index& index, Language language,
                                            std::string_view chosen, std::string_view none) {
  std::vector<page::Choice> choices;
  for (const Publisher& publisher : *index.publishers())
    choices.push_back(
        {publisher.code.value, publisher.title.in(language), {}, publisher.code.value == chosen});
  std::ranges::sort(choices, {}, &page::Choice::label);
  if (!none.empty()) choices.insert(choices.begin(), {"", std::string(none), {}, chosen.empty()});
  return choices;
}

Result<DatasetNames> dataset_names(store::Database& database, const catalogue::Catalogue& catalogue,
                                   Language language, std::span<const DatasetId> ids) {
  DatasetNames names;
  if (ids.empty()) return names;
  MINBEN_TRY(entries, database.separately(
                          [&](store::Transaction& tx) { return catalogue.entries(tx, ids); }));
  for (const catalogue::Entry& entry : entries)
    if (entry.status != catalogue::Status::draft)
      names[entry.dataset.id] = {entry.dataset.name, entry.dataset.title.in(language)};
  return names;
}

void dataset_link(Writer& page, const Visit& visit, const DatasetNames& names,
                  const DatasetId& id) {
  const auto found = names.find(id);
  if (found == names.end()) page << to_string(id);
  else page::link(page, found->second.title, visit.url({"datasets", found->second.name}));
}

// -------------------------------------------------------------------------------------- forms

std::string Typed::error_of(std::string_view name) const {
  const auto found = std::ranges::find(errors, name, &page::ErrorLine::field);
  return found == errors.end() ? std::string() : found->text;
}

std::optional<Typed> typed(const Visit& visit, const Error& error) {
  const std::string_view text = voices_text(visit.language, fmt::format("fault_{}", error.code));
  if (text.empty()) return std::nullopt;
  return Typed{&visit.request.form,
               {{error.field, std::string(text)}},
               error.kind == Kind::invalid ? 422 : net::http_status(error.kind)};
}

void text_field(Writer& page, const Typed& typed, const Input& input) {
  page::text_input(page,
                   {.name = std::string(input.name),
                    .label = std::string(input.label),
                    .hint = std::string(input.hint),
                    .error = typed.error_of(input.name)},
                   {.value = typed.value(input.name)});
}

void words_field(Writer& page, Language language, const Typed& typed, const Input& input) {
  page::textarea(
      page, language,
      {.name = std::string(input.name),
       .label = std::string(input.label),
       .hint = std::string(input.hint),
       .error = typed.error_of(input.name)},
      {.value = typed.value(input.name), .max_characters = static_cast<int>(voices::most_words)});
}

void choice_field(Writer& page, Language language, const Typed& typed, const Input& input,
                  std::string_view texts, std::span<const std::string_view> values) {
  const std::string chosen = typed.value(input.name);
  std::vector<page::Choice> choices;
  for (const std::string_view value : values)
    choices.push_back({std::string(value),
                       std::string(voices_text(language, fmt::format("{}{}", texts, value))),
                       {},
                       chosen == value});
  page::radios(page,
               {.name = std::string(input.name),
                .label = std::string(input.label),
                .hint = std::string(input.hint),
                .error = typed.error_of(input.name)},
               choices);
}

void stars_field(Writer& page, Language language, const Typed& typed, std::string_view label,
                 int chosen, std::string_view hint) {
  std::vector<page::Choice> choices;
  for (int stars = 5; stars >= 1; --stars) {
    const std::string value = std::to_string(stars);
    const bool ticked = typed.form ? typed.value("stars") == value : stars == chosen;
    choices.push_back({value, std::string(voices_text(language, "stars_" + value)), {}, ticked});
  }
  page::radios(page,
               {.name = "stars",
                .label = std::string(label),
                .hint = std::string(hint),
                .error = typed.error_of("stars")},
               choices);
}

int posted_version(const Visit& visit) {
  return static_cast<int>(
      parse_integer(visit.request.form.get("version"), 0, 1'000'000).value_or(-1));
}

// --------------------------------------------------------------------------------------- tags

void request_tags(Writer& page, const Visit& visit, const voices::RequestLine& line) {
  using State = voices::RequestState;
  const Language language = visit.language;
  const Instant now = visit.site.now();
  const Tone tone = line.waiting()                  ? Tone::waiting
                    : line.state == State::closed   ? Tone::neutral
                    : line.state == State::declined ? Tone::bad
                                                    : Tone::good;
  page::tag(page, voices_text(language, fmt::format("state_{}", to_string(line.state))), tone);
  if (line.overdue(now)) {
    page << " ";
    page::tag(page, msg::voices_overdue(language), Tone::bad);
  }
  if (line.kind != voices::AnswerKind::none) {
    page << " ";
    page::tag(page, voices_text(language, fmt::format("kind_{}", to_string(line.kind))),
              Tone::info);
  }
}

void report_tags(Writer& page, const Visit& visit, const voices::ReportLine& line) {
  using State = voices::ReportState;
  const Language language = visit.language;
  const Tone tone = line.waiting()               ? Tone::waiting
                    : line.state == State::fixed ? Tone::good
                                                 : Tone::neutral;
  page::tag(page, voices_text(language, fmt::format("report_state_{}", to_string(line.state))),
            tone);
  if (!line.overdue(visit.site.now())) return;
  page << " ";
  page::tag(page, msg::voices_overdue(language), Tone::bad);
}

// ------------------------------------------------------------------------------------- bodies

namespace {

void said(Writer& page, std::string_view words) {
  if (words.empty()) return;
  page << "<p class=\"govuk-body\">";
  page.lines(words);
  page << "</p>";
}

void row(Writer& list, std::string_view key, std::string_view value) {
  if (value.empty()) return;
  page::summary_row(list, key, [&](Writer& p) { p.lines(value); });
}

void request_event(Writer& page, const Visit& visit, const CourseNames& names,
                   const voices::RequestEvent& event) {
  const Language language = visit.language;
  if (event.kind != voices::AnswerKind::none)
    page << "<p class=\"govuk-body\"><strong>"
         << voices_text(language, fmt::format("kind_{}", to_string(event.kind))) << "</strong></p>";
  if (event.stars > 0) said(page, msg::voices_stars_given(language, event.stars));
  if (event.ground > 0) {
    said(page, msg::voices_ground_title(language, event.ground));
    said(page, voices_text(language, fmt::format("ground_{}", event.ground)));
  }
  if (event.release_on) said(page, msg::voices_request_promised(language, *event.release_on));
  said(page, event.words);
  if (!event.publisher.value.empty())
    said(page, fmt::format("→ {}", publisher_title(names.index, language, event.publisher)));
  if (!event.dataset.is_nil()) {
    page << "<p class=\"govuk-body\">";
    dataset_link(page, visit, names.datasets, event.dataset);
    page << "</p>";
  }
  if (event.due_at) said(page, msg::voices_due(language, taiwan_date(*event.due_at - seconds{1})));
}

void request_facts(Writer& list, const Visit& visit, const CourseNames& names,
                   const voices::Request& request) {
  const Language language = visit.language;
  row(list, msg::voices_request_wanted(language), request.wanted);
  row(list, msg::voices_request_wants_columns(language), request.columns);
  row(list, msg::voices_request_purpose(language), request.reason);
  row(list, msg::voices_request_by(language),
      fmt::format("{}{}{}",
                  voices_text(language, fmt::format("asker_{}", to_string(request.asker))),
                  request.unit.empty() ? "" : " · ", request.unit));
  row(list, msg::voices_request_field(language), request.industry);
  if (!request.suggested.value.empty())
    row(list, msg::voices_request_suggested(language),
        publisher_title(names.index, language, request.suggested));
  row(list, msg::voices_request_routed(language),
      request.publisher.value.empty() ? std::string(msg::voices_request_not_routed(language))
                                      : publisher_title(names.index, language, request.publisher));
  const std::string_view reply = request.answers == 0   ? "reply_none"
                                 : request.answers == 1 ? "reply_once"
                                                        : "reply_again";
  row(list, msg::voices_request_reply_state(language), voices_text(language, reply));
  row(list, msg::voices_request_close_state(language),
      request.state == voices::RequestState::closed ? msg::voices_closed_yes(language)
                                                    : msg::voices_closed_no(language));
}

}  // namespace

std::vector<DatasetId> datasets_of(const voices::Request& request) {
  std::vector<DatasetId> ids;
  for (const voices::RequestEvent& event : request.course)
    if (!event.dataset.is_nil()) ids.push_back(event.dataset);
  return ids;
}

void request_body(Writer& page, const Visit& visit, const CourseNames& names,
                  const voices::Request& request) {
  const Language language = visit.language;
  page << "<p class=\"govuk-body\">";
  request_tags(page, visit, request);
  page << "</p>";
  const std::string name =
      request.name.empty() ? std::string(msg::voices_anonymous(language)) : request.name;
  page::paragraph(page, fmt::format("{} · {}", msg::voices_by(language, name),
                                    long_date(taiwan_date(request.asked_at), language)));
  page::summary_list(page, [&](Writer& list) {
    request_facts(list, visit, names, request);
    if (request.waiting())
      row(list, msg::voices_column_due(language), long_date(request.last_day(), language));
    if (request.promised_on) {
      const bool late = visit.site.now() >= taiwan_midnight(add_days(*request.promised_on, 1));
      row(list, msg::voices_kind_release(language),
          late ? msg::voices_request_promise_late(language, *request.promised_on)
               : msg::voices_request_promised(language, *request.promised_on));
    }
    if (!request.dataset.is_nil())
      page::summary_row(list, msg::voices_request_dataset(language), [&](Writer& p) {
        dataset_link(p, visit, names.datasets, request.dataset);
      });
  });
  page::heading(page, 2, msg::voices_course(language));
  page::timeline(page, [&](Writer& items) {
    for (const voices::RequestEvent& event : request.course)
      page::timeline_item(items,
                          {.title = std::string(voices_text(
                               language, fmt::format("step_{}", to_string(event.step)))),
                           .time = long_time(event.at, language),
                           .machine_time = to_string(event.at)},
                          [&](Writer& p) { request_event(p, visit, names, event); });
  });
}

void report_body(Writer& page, const Visit& visit, const CourseNames& names,
                 const voices::Report& report) {
  const Language language = visit.language;
  page << "<p class=\"govuk-body\">";
  report_tags(page, visit, report);
  page << "</p>";
  const std::string name =
      report.name.empty() ? std::string(msg::voices_anonymous(language)) : report.name;
  page::paragraph(page, fmt::format("{} · {}", msg::voices_by(language, name),
                                    long_date(taiwan_date(report.reported_at), language)));
  page::summary_list(page, [&](Writer& list) {
    page::summary_row(list, msg::voices_report_dataset(language),
                      [&](Writer& p) { dataset_link(p, visit, names.datasets, report.dataset); });
    row(list, msg::voices_report_place_short(language), report.place);
    row(list, msg::voices_steward_words(language), report.words);
    if (report.me_too > 0)
      row(list, msg::voices_report_me_too(language),
          msg::voices_report_me_too_count(language, report.me_too));
    if (report.waiting())
      row(list, msg::voices_column_due(language), long_date(report.last_day(), language));
  });
  page::heading(page, 2, msg::voices_course(language));
  page::timeline(page, [&](Writer& items) {
    for (const voices::ReportEvent& event : report.course)
      page::timeline_item(items,
                          {.title = std::string(voices_text(
                               language, fmt::format("report_step_{}", to_string(event.step)))),
                           .time = long_time(event.at, language),
                           .machine_time = to_string(event.at)},
                          [&](Writer& p) {
                            if (event.fixed_in > 0)
                              said(p, msg::voices_report_fixed_in(language, event.fixed_in));
                            said(p, event.words);
                            if (!event.merged_into.is_nil())
                              page::link(p, msg::voices_report_merged(language),
                                         visit.url({"data-reports", to_string(event.merged_into)}));
                          });
  });
}

}  // namespace minben::open
