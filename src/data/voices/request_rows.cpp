// Requests as rows: reading them, and what every step leaves behind.
#include "request_rows.hpp"

#include <fmt/format.h>

namespace minben::voices {

namespace {

using store::Query;

constexpr Names<RequestState, 7> states{{{RequestState::held, "held"},
                                         {RequestState::open, "open"},
                                         {RequestState::answered, "answered"},
                                         {RequestState::reopened, "reopened"},
                                         {RequestState::answered_again, "answered_again"},
                                         {RequestState::closed, "closed"},
                                         {RequestState::declined, "declined"}}};
constexpr Names<AskerKind, 4> askers{{{AskerKind::company, "company"},
                                      {AskerKind::association, "association"},
                                      {AskerKind::community, "community"},
                                      {AskerKind::person, "person"}}};
constexpr Names<AnswerKind, 5> kinds{{{AnswerKind::none, ""},
                                      {AnswerKind::release, "release"},
                                      {AnswerKind::exists, "exists"},
                                      {AnswerKind::on_application, "on_application"},
                                      {AnswerKind::refused, "refused"}}};
constexpr Names<RequestStep, 11> steps{{{RequestStep::asked, "asked"},
                                        {RequestStep::published, "published"},
                                        {RequestStep::declined, "declined"},
                                        {RequestStep::rerouted, "rerouted"},
                                        {RequestStep::answered, "answered"},
                                        {RequestStep::rated, "rated"},
                                        {RequestStep::reopened, "reopened"},
                                        {RequestStep::escalated, "escalated"},
                                        {RequestStep::released, "released"},
                                        {RequestStep::promise_missed, "promise_missed"},
                                        {RequestStep::closed, "closed"}}};

constexpr Query lock_request{"voices_lock_request",
                             "select * from voices.request where request_id = $1 for update"};
constexpr Query insert_row{"voices_insert_request", R"(
  insert into voices.request (request_id, person_id, name, title, wanted, columns, reason, unit, asker,
    industry, suggested, publisher, state, kind, stars, answers, reroutes, supporters, version, asked_at,
    remind_at, due_at, reminded, escalated, promise_missed)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, '', 'held', '', 0, 0, 0, 0, 0, $12, $13, $14,
    false, false, false))"};
constexpr Query update_row{"voices_update_request", R"(
  update voices.request set publisher = $2, state = $3, kind = $4, promised_on = $5, dataset_id = $6,
    stars = $7, answers = $8, reroutes = $9, version = $10, answered_at = $11, remind_at = $12, due_at = $13,
    reminded = $14, escalated = $15, promise_missed = $16
  where request_id = $1)"};
constexpr Query insert_step{"voices_insert_request_step", R"(
  insert into voices.request_step (request_id, sequence, at, step, officer_id, content)
  values ($1, $2, $3, $4, $5, $6))"};
constexpr Query find_request{"voices_find_request",
                             "select * from voices.request where request_id = $1"};
constexpr Query find_steps{"voices_request_steps", R"(
  select sequence, at, step, content from voices.request_step where request_id = $1 order by sequence)"};
constexpr Query find_supporters{"voices_request_supporters", R"(
  select person_id from voices.request_supporter where request_id = $1 order by at limit 10000)"};

std::unexpected<Error> request_not_found() {
  return fail(Kind::not_found, "request_not_found", "no such request");
}

template <class I>
I id_in(const Json& content, std::string_view name) {
  const auto id = I::parse(string_or(content, name));
  return id ? *id : I{};
}

int number_in(const Json& content, std::string_view name) {
  const auto number = get_integer(content, name);
  return number ? static_cast<int>(*number) : 0;
}

RequestEvent event_of(const store::Row& row) {
  const Json content = row.json("content");
  RequestEvent event;
  event.sequence = static_cast<int>(row.integer("sequence"));
  event.at = row.instant("at");
  event.step = stored(value_in(steps, row.text("step")));
  event.words = string_or(content, "words");
  event.publisher = {string_or(content, "publisher")};
  event.kind = value_in(kinds, string_or(content, "kind")).value_or(AnswerKind::none);
  event.ground = number_in(content, "ground");
  if (const auto day = parse_date(string_or(content, "release_on"))) event.release_on = *day;
  event.dataset = id_in<DatasetId>(content, "dataset");
  event.stars = number_in(content, "stars");
  if (const auto due = parse_instant(string_or(content, "due_at"))) event.due_at = *due;
  return event;
}

std::optional<DatasetId> or_null(DatasetId id) {
  return id.is_nil() ? std::nullopt : std::optional(id);
}

Result<void> write(store::Transaction& tx, const RequestRow& row) {
  MINBEN_CHECK(tx.run(update_row, row.id, row.publisher, to_string(row.state), to_string(row.kind),
                      row.promised_on, or_null(row.dataset), row.stars, row.answers, row.reroutes,
                      row.version, row.answered_at, row.remind_at, row.due_at, row.reminded,
                      row.escalated, row.promise_missed));
  return {};
}

/// When the clock has something to do next; nothing any more.
std::optional<Instant> next_moment(const Config& config, const RequestRow& row) {
  std::optional<Instant> next;
  const auto at = [&](Instant moment) { next = next ? std::min(*next, moment) : moment; };
  if (row.waiting() && !row.escalated) at(row.reminded ? row.due_at : row.remind_at);
  const bool rated = row.stars != 0;
  if (row.answered_at && !rated &&
      (row.state == RequestState::answered || row.state == RequestState::answered_again))
    at(*row.answered_at + config.rating_time);
  if (row.promised_on && !row.promise_missed) at(taiwan_midnight(add_days(*row.promised_on, 1)));
  return next;
}

Result<void> set_clock(store::Transaction& tx, const Config& config, const RequestRow& row) {
  const std::string key = to_string(row.id);
  const auto next = next_moment(config, row);
  if (!next) return store::cancel_job(tx, request_clock_job, key);
  return store::enqueue(tx, {std::string(request_clock_job), key, JsonObject{}, *next});
}

}  // namespace

std::string_view to_string(RequestState state) { return name_in(states, state); }
std::string_view to_string(AskerKind kind) { return name_in(askers, kind); }
std::string_view to_string(AnswerKind kind) { return name_in(kinds, kind); }
std::string_view to_string(RequestStep step) { return name_in(steps, step); }
std::optional<AskerKind> parse_asker_kind(std::string_view text) { return value_in(askers, text); }
std::optional<AnswerKind> parse_answer_kind(std::string_view text) { return value_in(kinds, text); }

RequestRow request_row(const store::Row& row) {
  RequestRow out;
  out.id = row.id<RequestId>("request_id");
  out.person = row.id<PersonId>("person_id");
  out.title = row.text("title");
  out.state = stored(value_in(states, row.text("state")));
  out.publisher = {row.text("publisher")};
  out.suggested = {row.text("suggested")};
  out.kind = stored(value_in(kinds, row.text("kind")));
  out.promised_on = row.optional_date("promised_on");
  out.dataset = row.id<DatasetId>("dataset_id");
  out.stars = static_cast<int>(row.integer("stars"));
  out.supporters = static_cast<int>(row.integer("supporters"));
  out.version = static_cast<int>(row.integer("version"));
  out.answers = static_cast<int>(row.integer("answers"));
  out.reroutes = static_cast<int>(row.integer("reroutes"));
  out.asked_at = row.instant("asked_at");
  out.answered_at = row.optional_instant("answered_at");
  out.remind_at = row.instant("remind_at");
  out.due_at = row.instant("due_at");
  out.reminded = row.boolean("reminded");
  out.escalated = row.boolean("escalated");
  out.promise_missed = row.boolean("promise_missed");
  return out;
}

std::vector<RequestLine> request_lines(const store::Rows& rows) {
  std::vector<RequestLine> out;
  for (const store::Row row : rows) out.push_back(request_row(row));
  return out;
}

Result<RequestRow> locked_request(store::Transaction& tx, RequestId id) {
  MINBEN_TRY(rows, tx.run(lock_request, id));
  if (rows.empty()) return request_not_found();
  return request_row(rows.front());
}

Result<void> insert_request(store::Transaction& tx, const NewRequestRow& made) {
  const auto& [row, request, name] = made;
  MINBEN_CHECK(tx.run(insert_row, row.id, row.person, name, request.title, request.wanted,
                      request.columns, request.reason, request.unit, to_string(request.asker),
                      request.industry, request.suggested, row.asked_at, row.remind_at,
                      row.due_at));
  return {};
}

Result<Request> read_request(const Common& common, store::Transaction& tx, RequestId id) {
  MINBEN_TRY(rows, tx.run(find_request, id));
  if (rows.empty()) return request_not_found();
  const store::Row row = rows.front();
  Request out;
  const RequestRow line = request_row(row);
  static_cast<RequestLine&>(out) = line;
  out.person = line.person;
  out.wanted = row.text("wanted");
  out.columns = row.text("columns");
  out.reason = row.text("reason");
  out.unit = row.text("unit");
  out.industry = row.text("industry");
  out.asker = stored(parse_asker_kind(row.text("asker")));
  MINBEN_TRY(name, common.open_name(tx, line.person, row));
  out.name = std::move(name);
  MINBEN_TRY(course, tx.run(find_steps, id));
  for (const store::Row step : course) out.course.push_back(event_of(step));
  return out;
}

Result<void> record(const Common& common, store::Transaction& tx, RequestRow& row,
                    const NewRequestStep& step) {
  ++row.version;
  MINBEN_CHECK(write(tx, row));
  MINBEN_CHECK(tx.run(insert_step, row.id, row.version, common.now(), to_string(step.step),
                      step.officer, Json(step.content)));
  MINBEN_CHECK(set_clock(tx, common.config, row));
  JsonObject event{{"kind", "request"}, {"step", to_string(step.step)}};
  if (!row.publisher.value.empty()) event["publisher"] = row.publisher.value;
  if (!row.dataset.is_nil()) event["dataset"] = to_string(row.dataset);
  return store::publish(tx, topic, to_string(row.id), Json(std::move(event)));
}

Result<void> note_request(store::Transaction& tx, const Common& common, const RequestRow& row) {
  MINBEN_CHECK(write(tx, row));
  return set_clock(tx, common.config, row);
}

News news_of(const RequestRow& row, std::string_view what) {
  return {what, row.title, "dataset-requests/" + to_string(row.id),
          fmt::format("request:{}:{}", to_string(row.id), row.version)};
}

Result<void> tell_askers(const Common& common, store::Transaction& tx, const RequestRow& row,
                         std::string_view what) {
  MINBEN_CHECK(common.tell_person(tx, row.person, news_of(row, what)));
  MINBEN_TRY(supporters, tx.run(find_supporters, row.id));
  for (const store::Row supporter : supporters)
    MINBEN_CHECK(common.tell_person(tx, supporter.id<PersonId>("person_id"), news_of(row, what)));
  return {};
}

}  // namespace minben::voices
