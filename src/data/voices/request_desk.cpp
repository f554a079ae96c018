// Requests: what data stewards do, and what the clock does.
#include <fmt/format.h>

#include "request_rows.hpp"

namespace minben::voices {

namespace {

using store::Query;

constexpr int furthest_release_days = 731;

constexpr Query find_queue{"voices_request_queue", R"(
  select * from voices.request
  where (publisher = any($1) and publisher <> '' and
         (state in ('open', 'reopened') or (promised_on is not null and state <> 'declined')))
     or ($2 and (state = 'held' or (state in ('open', 'reopened') and escalated)))
  order by state not in ('held', 'open', 'reopened'), due_at, request_id limit 200)"};

Result<RequestRow> seen(store::Transaction& tx, RequestId id, int version) {
  MINBEN_TRY(row, locked_request(tx, id));
  if (row.version != version)
    return fail(Kind::conflict, "request_changed", "somebody was faster, or the asker has rated");
  return row;
}

Result<void> check_state(const RequestRow& row, std::initializer_list<RequestState> allowed) {
  if (std::ranges::find(allowed, row.state) != allowed.end()) return {};
  return fail(Kind::conflict, "wrong_state", fmt::format("it is {}", to_string(row.state)));
}

/// A published dataset by its id or name.
Result<DatasetId> published(const Common& common, store::Transaction& tx, std::string_view text) {
  const auto id = DatasetId::parse(trim(text));
  const auto entry =
      id ? common.parts.catalogue.find(tx, *id) : common.parts.catalogue.find(tx, trim(text));
  if (entry && entry->status == catalogue::Status::published) return entry->dataset.id;
  if (!entry && entry.error().kind != Kind::not_found) return fail(entry.error());
  return fail(Kind::invalid, "no_such_dataset", "no published dataset has this name or id",
              "dataset");
}

/// What the answer says beside its words; kept in the row as well.
Result<JsonObject> content_of(const Common& common, store::Transaction& tx, const NewAnswer& answer,
                              RequestRow& row) {
  MINBEN_TRY(words, checked_text(answer.words, {"words"}));
  JsonObject content{{"words", words}, {"kind", to_string(answer.kind)}};
  row.kind = answer.kind;
  row.promised_on.reset();
  row.promise_missed = false;
  row.dataset = {};
  switch (answer.kind) {
    case AnswerKind::none:
      return fail(Kind::invalid, "missing", "say what the answer is", "kind");
    case AnswerKind::release: {
      const Date today = taiwan_date(common.now());
      if (!answer.release_on || days_between(today, *answer.release_on) < 1 ||
          days_between(today, *answer.release_on) > furthest_release_days)
        return fail(Kind::invalid, "bad_date", "a day after today, within two years", "release_on");
      row.promised_on = answer.release_on;
      content["release_on"] = to_string(*answer.release_on);
      return content;
    }
    case AnswerKind::exists: {
      MINBEN_TRY(dataset, published(common, tx, answer.dataset));
      row.dataset = dataset;
      content["dataset"] = to_string(dataset);
      return content;
    }
    case AnswerKind::on_application:
      return content;
    case AnswerKind::refused:
      if (answer.ground < 1 || answer.ground > 9)
        return fail(Kind::invalid, "bad_ground", "a subparagraph of §18 I", "ground");
      content["ground"] = answer.ground;
      return content;
  }
  return content;
}

News for_desk(const RequestRow& row, std::string_view what) {
  News news = news_of(row, what);
  news.path = "desk/data/requests/" + to_string(row.id);
  return news;
}

}  // namespace

Result<void> Requests::publish(const identity::Officer& officer, RequestId id, int version,
                               const PublisherCode& to) {
  MINBEN_CHECK(common_.check_platform(officer));
  return common_.parts.database.transact([&](store::Transaction& tx) -> Result<void> {
    MINBEN_TRY(row, seen(tx, id, version));
    MINBEN_CHECK(check_state(row, {RequestState::held}));
    if (!common_.parts.catalogue.publisher(tx, to))
      return fail(Kind::invalid, "unknown_publisher", "no such publisher", "publisher");
    row.state = RequestState::open;
    row.publisher = to;
    MINBEN_TRY(agency, common_.agency_of(tx, to.value));
    row.begin(common_.term(agency, row.asked_at, common_.config.answer_days));
    MINBEN_CHECK(record(common_, tx, row,
                        {RequestStep::published,
                         {{"publisher", to.value}, {"due_at", to_string(row.due_at)}},
                         officer.id}));
    MINBEN_CHECK(common_.tell_person(tx, row.person, news_of(row, "request_published")));
    return common_.tell_stewards(tx, to.value, for_desk(row, "request_new"));
  });
}

Result<void> Requests::decline(const identity::Officer& officer, RequestId id, int version,
                               std::string_view reason) {
  MINBEN_CHECK(common_.check_platform(officer));
  MINBEN_TRY(words, checked_text(reason, {"reason"}));
  return common_.parts.database.transact([&](store::Transaction& tx) -> Result<void> {
    MINBEN_TRY(row, seen(tx, id, version));
    MINBEN_CHECK(check_state(row, {RequestState::held}));
    row.state = RequestState::declined;
    MINBEN_CHECK(record(common_, tx, row, {RequestStep::declined, {{"words", words}}, officer.id}));
    return common_.tell_person(tx, row.person, news_of(row, "request_declined"));
  });
}

Result<void> Requests::reroute(const identity::Officer& officer, RequestId id, int version,
                               const PublisherCode& to, std::string_view reason) {
  MINBEN_TRY(words, checked_text(reason, {"reason"}));
  return common_.parts.database.transact([&](store::Transaction& tx) -> Result<void> {
    MINBEN_TRY(row, seen(tx, id, version));
    const bool platform = keeps_the_platform(common_.config, officer);
    if (!platform) MINBEN_CHECK(common_.check_steward(tx, officer, row.publisher));
    MINBEN_CHECK(check_state(row, {RequestState::open, RequestState::reopened}));
    if (!common_.parts.catalogue.publisher(tx, to))
      return fail(Kind::invalid, "unknown_publisher", "no such publisher", "publisher");
    if (to == row.publisher)
      return fail(Kind::invalid, "same_publisher", "it is with them already", "publisher");
    if (!platform && ++row.reroutes > common_.config.most_reroutes)
      return fail(Kind::conflict, "too_many_reroutes", "the platform decides who answers");
    row.publisher = to;
    MINBEN_TRY(agency, common_.agency_of(tx, to.value));
    const Term term = common_.term(agency, common_.now(), common_.config.reroute_days);
    if (term.due_at > row.due_at) row.begin(term);
    MINBEN_CHECK(
        record(common_, tx, row,
               {RequestStep::rerouted,
                {{"publisher", to.value}, {"words", words}, {"due_at", to_string(row.due_at)}},
                officer.id}));
    MINBEN_CHECK(common_.tell_person(tx, row.person, news_of(row, "request_rerouted")));
    return common_.tell_stewards(tx, to.value, for_desk(row, "request_rerouted"));
  });
}

Result<void> Requests::answer(const identity::Officer& officer, RequestId id, int version,
                              const NewAnswer& given) {
  return common_.parts.database.transact([&](store::Transaction& tx) -> Result<void> {
    MINBEN_TRY(row, seen(tx, id, version));
    MINBEN_CHECK(common_.check_steward(tx, officer, row.publisher));
    MINBEN_CHECK(check_state(row, {RequestState::open, RequestState::reopened}));
    MINBEN_TRY(content, content_of(common_, tx, given, row));
    row.state =
        row.state == RequestState::open ? RequestState::answered : RequestState::answered_again;
    row.stars = 0;
    ++row.answers;
    row.answered_at = common_.now();
    MINBEN_CHECK(record(common_, tx, row, {RequestStep::answered, std::move(content), officer.id}));
    return tell_askers(common_, tx, row, "request_answered");
  });
}

Result<void> Requests::release(const identity::Officer& officer, RequestId id, int version,
                               std::string_view dataset) {
  return common_.parts.database.transact([&](store::Transaction& tx) -> Result<void> {
    MINBEN_TRY(row, seen(tx, id, version));
    MINBEN_CHECK(common_.check_steward(tx, officer, row.publisher));
    if (!row.promised_on) return fail(Kind::conflict, "nothing_promised", "no release is owed");
    MINBEN_TRY(found, published(common_, tx, dataset));
    row.promised_on.reset();
    row.dataset = found;
    MINBEN_CHECK(record(common_, tx, row,
                        {RequestStep::released, {{"dataset", to_string(found)}}, officer.id}));
    return tell_askers(common_, tx, row, "request_released");
  });
}

Result<std::vector<RequestLine>> Requests::queue(const identity::Officer& officer) {
  return common_.parts.database.transact(
      [&](store::Transaction& tx) -> Result<std::vector<RequestLine>> {
        MINBEN_TRY(codes, common_.publishers_of(tx, officer));
        MINBEN_TRY(rows, tx.run(find_queue, codes, keeps_the_platform(common_.config, officer)));
        return request_lines(rows);
      });
}

Result<Request> Requests::open(const identity::Officer& officer, RequestId id) {
  return common_.parts.database.transact([&](store::Transaction& tx) -> Result<Request> {
    MINBEN_TRY(request, read_request(common_, tx, id));
    if (!keeps_the_platform(common_.config, officer))
      MINBEN_CHECK(common_.check_steward(tx, officer, request.publisher));
    request.person = PersonId{};
    return request;
  });
}

/// Whatever is due by now; the jobs of an earlier term find nothing to do.
Result<void> Requests::clock_struck(store::Transaction& tx, const store::Job& job) {
  MINBEN_TRY(id, RequestId::parse(job.key));
  MINBEN_TRY(row, locked_request(tx, id));
  const Instant now = common_.now();
  const std::string_view whose =
      row.state == RequestState::held ? std::string_view() : std::string_view(row.publisher.value);
  if (row.waiting() && !row.reminded && now >= row.remind_at && now < row.due_at) {
    row.reminded = true;
    MINBEN_CHECK(common_.tell_stewards(tx, whose, for_desk(row, "due_soon")));
  }
  if (row.waiting() && !row.escalated && now >= row.due_at) {
    row.escalated = true;
    MINBEN_CHECK(record(common_, tx, row, {.step = RequestStep::escalated}));
    MINBEN_CHECK(common_.tell_stewards(tx, whose, for_desk(row, "overdue")));
    MINBEN_CHECK(common_.tell_platform(tx, for_desk(row, "overdue")));
  }
  const bool unrated = row.stars == 0 && (row.state == RequestState::answered ||
                                          row.state == RequestState::answered_again);
  if (unrated && row.answered_at && now >= *row.answered_at + common_.config.rating_time) {
    row.state = RequestState::closed;
    MINBEN_CHECK(record(common_, tx, row, {.step = RequestStep::closed}));
  }
  if (row.promised_on && !row.promise_missed &&
      now >= taiwan_midnight(add_days(*row.promised_on, 1))) {
    row.promise_missed = true;
    MINBEN_CHECK(record(common_, tx, row, {.step = RequestStep::promise_missed}));
    MINBEN_CHECK(common_.tell_stewards(tx, whose, for_desk(row, "promise_missed")));
  }
  return note_request(tx, common_, row);
}

}  // namespace minben::voices
