// Requests: what the asker does, and what everybody reads.
#include "voices/requests.hpp"

#include <fmt/format.h>

#include "request_rows.hpp"

namespace minben::voices {

namespace {

using store::Query;

constexpr std::size_t most_short = 100;  ///< characters, of organisation and industry
constexpr int good_enough = 3;           ///< stars: below, a second answer is owed

constexpr Query count_recent{
    "voices_recent_requests",
    "select count(*) as n from voices.request where person_id = $1 and asked_at > $2"};
constexpr Query add_supporter{"voices_add_supporter", R"(
  insert into voices.request_supporter (request_id, person_id, at) values ($1, $2, $3)
  on conflict do nothing)"};
constexpr Query drop_supporter{
    "voices_drop_supporter",
    "delete from voices.request_supporter where request_id = $1 and person_id = $2"};
constexpr Query count_supporters{"voices_count_supporters", R"(
  update voices.request set supporters = supporters + $2 where request_id = $1)"};
constexpr Query is_supporter{
    "voices_is_supporter",
    "select 1 as one from voices.request_supporter where request_id = $1 and person_id = $2"};
constexpr Query of_one{"voices_requests_of", R"(
  select * from voices.request where person_id = $1 order by asked_at desc, request_id limit 200)"};
constexpr Query list_newest{"voices_request_list", R"(
  select *, count(*) over () as total from voices.request
  where state not in ('held', 'declined') and ($1 = '' or publisher = $1)
    and case $2 when 'waiting' then state in ('open', 'reopened')
                when 'answered' then state in ('answered', 'answered_again')
                when 'closed' then state = 'closed' else true end
  order by asked_at desc, request_id limit $3 offset $4)"};
constexpr Query list_wanted{"voices_request_list_by_support", R"(
  select *, count(*) over () as total from voices.request
  where state not in ('held', 'declined') and ($1 = '' or publisher = $1)
    and case $2 when 'waiting' then state in ('open', 'reopened')
                when 'answered' then state in ('answered', 'answered_again')
                when 'closed' then state = 'closed' else true end
  order by supporters desc, asked_at desc, request_id limit $3 offset $4)"};

Result<NewRequest> checked(const NewRequest& given) {
  NewRequest out = given;
  MINBEN_TRY(title, checked_text(given.title, {"title", most_title}));
  MINBEN_TRY(wanted, checked_text(given.wanted, {"wanted", most_title}));
  MINBEN_TRY(columns, checked_text(given.columns, {"columns", most_words, false}));
  MINBEN_TRY(reason, checked_text(given.reason, {"reason"}));
  MINBEN_TRY(unit, checked_text(given.unit, {"unit", most_short, false}));
  MINBEN_TRY(industry, checked_text(given.industry, {"industry", most_short, false}));
  out.title = title;
  out.wanted = wanted;
  out.columns = columns;
  out.reason = reason;
  out.unit = unit;
  out.industry = industry;
  return out;
}

Result<RequestRow> own(store::Transaction& tx, PersonId person, RequestId id) {
  MINBEN_TRY(row, locked_request(tx, id));
  if (row.person == person) return row;
  return fail(Kind::not_found, "request_not_found", "somebody else's");
}

Result<RequestRow> own(store::Transaction& tx, PersonId person, RequestId id, int version) {
  MINBEN_TRY(row, own(tx, person, id));
  if (row.version != version)
    return fail(Kind::conflict, "request_changed", "there was an answer meanwhile");
  return row;
}

std::string_view name_of(RequestQuery::Which which) {
  switch (which) {
    case RequestQuery::Which::all:
      return "all";
    case RequestQuery::Which::waiting:
      return "waiting";
    case RequestQuery::Which::answered:
      return "answered";
    case RequestQuery::Which::closed:
      return "closed";
  }
  return "all";
}

}  // namespace

Result<RequestId> Requests::ask(const Author& author, const NewRequest& given) {
  MINBEN_TRY(request, checked(given));
  MINBEN_CHECK(check_author(author));
  return common_.parts.database.transact([&](store::Transaction& tx) -> Result<RequestId> {
    MINBEN_CHECK(take_turn(tx, "request", author.person));
    MINBEN_TRY(counted, tx.run(count_recent, author.person, common_.now() - hours{24}));
    if (counted.front().integer("n") >= common_.config.most_requests_a_day)
      return fail(Kind::too_many, "too_many_requests", "wait until tomorrow");
    if (!request.suggested.empty() &&
        !common_.parts.catalogue.publisher(tx, PublisherCode{request.suggested}))
      return fail(Kind::invalid, "unknown_publisher", "no such publisher", "suggested");
    NewRequestRow made{.row = {}, .request = request, .name = {}};
    made.row.id = RequestId::make(common_.parts.clock, common_.parts.random);
    made.row.person = author.person;
    made.row.title = request.title;
    made.row.suggested = PublisherCode{request.suggested};
    made.row.asked_at = common_.now();
    MINBEN_TRY(agency, common_.agency_of(tx, request.suggested));
    made.row.begin(common_.term(agency, common_.now(), common_.config.answer_days));
    MINBEN_TRY(name, common_.seal_name(tx, author));
    made.name = std::move(name);
    MINBEN_CHECK(insert_request(tx, made));
    MINBEN_CHECK(record(common_, tx, made.row, {.step = RequestStep::asked}));
    News news = news_of(made.row, "request_new");
    news.path = "desk/data/requests/" + to_string(made.row.id);
    MINBEN_CHECK(common_.tell_platform(tx, news));
    return made.row.id;
  });
}

Result<void> Requests::rate(PersonId person, RequestId id, int version, int stars,
                            std::string_view words) {
  if (stars < 1 || stars > 5) return fail(Kind::invalid, "bad_stars", "1 to 5 stars", "stars");
  MINBEN_TRY(text, checked_text(words, {"words", most_words, stars < good_enough}));
  return common_.parts.database.transact([&](store::Transaction& tx) -> Result<void> {
    MINBEN_TRY(row, own(tx, person, id, version));
    const bool first = row.state == RequestState::answered;
    if ((!first && row.state != RequestState::answered_again) || row.stars != 0)
      return fail(Kind::conflict, "nothing_to_rate", "no answer waits for stars");
    row.stars = stars;
    JsonObject content{{"stars", stars}, {"words", text}};
    if (!first || stars >= good_enough) {
      row.state = RequestState::closed;
      return record(common_, tx, row, {.step = RequestStep::rated, .content = std::move(content)});
    }
    row.state = RequestState::reopened;
    MINBEN_TRY(agency, common_.agency_of(tx, row.publisher.value));
    row.begin(common_.term(agency, common_.now(), common_.config.answer_days));
    content["due_at"] = to_string(row.due_at);
    MINBEN_CHECK(
        record(common_, tx, row, {.step = RequestStep::reopened, .content = std::move(content)}));
    News news = news_of(row, "request_second");
    news.path = "desk/data/requests/" + to_string(row.id);
    return common_.tell_stewards(tx, row.publisher.value, news);
  });
}

Result<void> Requests::close(PersonId person, RequestId id, int version) {
  return common_.parts.database.transact([&](store::Transaction& tx) -> Result<void> {
    MINBEN_TRY(row, own(tx, person, id, version));
    if (row.state == RequestState::reopened)
      return fail(Kind::conflict, "second_answer_owed", "fewer than 3 stars: it is answered again");
    if (row.state != RequestState::answered && row.state != RequestState::answered_again)
      return fail(Kind::conflict, "not_answered", "there is no answer to be content with");
    row.state = RequestState::closed;
    return record(common_, tx, row, {.step = RequestStep::closed});
  });
}

Result<std::vector<RequestLine>> Requests::of_person(PersonId person) {
  MINBEN_TRY(rows, common_.parts.database.run(of_one, person));
  return request_lines(rows);
}

// ------------------------------------------------------------------------------------ everybody

Result<void> Requests::support(PersonId person, RequestId id) {
  return common_.parts.database.transact([&](store::Transaction& tx) -> Result<void> {
    MINBEN_TRY(row, locked_request(tx, id));
    if (row.person == person) return fail(Kind::conflict, "own_request", "the asker's own");
    if (row.state == RequestState::held || row.state == RequestState::declined)
      return fail(Kind::not_found, "request_not_found", "not published");
    if (row.state == RequestState::closed)
      return fail(Kind::conflict, "request_closed", "it is closed");
    MINBEN_TRY(added, tx.run(add_supporter, id, person, common_.now()));
    MINBEN_CHECK(tx.run(count_supporters, id, added.affected()));
    return {};
  });
}

Result<void> Requests::unsupport(PersonId person, RequestId id) {
  return common_.parts.database.transact([&](store::Transaction& tx) -> Result<void> {
    MINBEN_CHECK(locked_request(tx, id));
    MINBEN_TRY(dropped, tx.run(drop_supporter, id, person));
    MINBEN_CHECK(tx.run(count_supporters, id, -dropped.affected()));
    return {};
  });
}

Result<bool> Requests::supports(PersonId person, RequestId id) {
  MINBEN_TRY(rows, common_.parts.database.run(is_supporter, id, person));
  return !rows.empty();
}

Result<Request> Requests::find(RequestId id, std::optional<PersonId> viewer) {
  return common_.parts.database.transact([&](store::Transaction& tx) -> Result<Request> {
    MINBEN_TRY(request, read_request(common_, tx, id));
    const bool hidden =
        request.state == RequestState::held || request.state == RequestState::declined;
    if (hidden && viewer != request.person)
      return fail(Kind::not_found, "request_not_found", "not published");
    return request;
  });
}

Result<RequestPage> Requests::list(const RequestQuery& query) {
  if (query.limit < 1 || query.limit > 100 || query.offset < 0)
    return fail(Kind::invalid, "out_of_range", "1 to 100 a page");
  MINBEN_TRY(rows, common_.parts.database.run(query.by_support ? list_wanted : list_newest,
                                              query.publisher, name_of(query.which), query.limit,
                                              query.offset));
  RequestPage page{request_lines(rows), 0};
  if (!rows.empty()) page.total = rows.front().integer("total");
  return page;
}

}  // namespace minben::voices
