#include "tracker/tracker.hpp"

#include <mutex>

#include <fmt/format.h>

#include "exchange/exchange.hpp"
#include "mydata/use_list.hpp"

namespace minben::tracker {

namespace {

constexpr net::Access own_gateway{"own_gateway"};  ///< whoever reaches the listener
constexpr int most_skipped = 1'000'000;
constexpr std::string_view country = "TW";
constexpr std::size_t national_id_length = 10;

struct Question {
  std::string user_code;
  std::string person;  ///< pseudonym, or ""
  exchange::SubsystemId consumer;
  mydata::UsageId id;
  std::string purpose;
  mydata::Period period;
  int offset = 0;
  int limit = mydata::most_listed;
};

Result<std::string> required(std::string_view value, std::string_view name) {
  if (value.empty()) return fail(Kind::invalid, "missing", "required", name);
  return std::string(value);
}

/// Ids have ten characters, so that one that begins with TW is not taken for a country.
std::string without_country(std::string_view code) {
  const bool has_country =
      code.size() == country.size() + national_id_length && code.starts_with(country);
  return std::string(has_country ? code.substr(country.size()) : code);
}

Result<Instant> read_time(std::string_view text, std::string_view name) {
  const bool local = text.size() == std::string_view("2021-01-31T10:20:30").size();
  auto at = parse_instant(local ? fmt::format("{}+08:00", text) : std::string(text));
  if (!at) return fail(Kind::invalid, "bad_instant", "a date and time as RFC 3339 has it", name);
  return at;
}

Result<int> read_number(const net::Form& query, std::string_view name, int otherwise, int least,
                        int most) {
  const std::string_view text = query.get(name);
  if (text.empty()) return otherwise;
  const auto number = parse_integer(text, 0, INT32_MAX);
  if (!number || *number < least)
    return fail(Kind::invalid, "out_of_range", fmt::format("a number from {} on", least), name);
  return static_cast<int>(std::min<std::int64_t>(*number, most));
}

Result<mydata::Period> read_period(const net::Form& query) {
  mydata::Period period;
  if (const auto text = query.get("periodStart"); !text.empty()) {
    MINBEN_TRY(from, read_time(text, "periodStart"));
    period.from = from;
  }
  if (const auto text = query.get("periodEnd"); !text.empty()) {
    MINBEN_TRY(until, read_time(text, "periodEnd"));
    period.until = until + microseconds(1);
  }
  return period;
}

Result<Question> read_question(const net::Request& request, const Parts& parts) {
  Question question;
  MINBEN_TRY(code, required(request.query.get("userCode"), "userCode"));
  MINBEN_TRY(user, required(request.headers.get("X-Road-UserId"), "X-Road-UserId"));
  question.user_code = without_country(code);
  if (without_country(user) != question.user_code)
    return fail(Kind::forbidden, "other_person", "X-Road-UserId and userCode differ", "userCode");
  MINBEN_TRY(consumer, exchange::SubsystemId::parse(request.headers.get("X-Road-Client")));
  question.consumer = std::move(consumer);
  question.person = request.headers.get("Minben-Person");
  question.purpose = request.headers.get("Minben-Purpose");
  // The gateway's own record of this use has the same id, and is then the same use.
  question.id = mydata::UsageId::parse(request.headers.get("X-Road-Request-Id"))
                    .value_or(mydata::UsageId::make(parts.clock, parts.random));
  MINBEN_TRY(period, read_period(request.query));
  question.period = period;
  MINBEN_TRY(offset, read_number(request.query, "offset", 0, 0, most_skipped));
  question.offset = offset;
  MINBEN_TRY(limit,
             read_number(request.query, "limit", mydata::most_listed, 1, mydata::most_listed));
  question.limit = limit;
  return question;
}

Result<mydata::UseList> find(store::Transaction& tx, const Parts& parts, const Question& question) {
  MINBEN_TRY(person, parts.identity.find_by_national_id(tx, question.user_code));
  if (!person) return mydata::UseList{};
  if (!question.person.empty() && question.person != to_string(*person))
    return fail(Kind::forbidden, "other_person", "Minben-Person is somebody else", "userCode");
  auto list = mydata::list_uses(tx, *person, question.period, question.offset, question.limit);
  if (!list) return list;
  MINBEN_CHECK(mydata::record_list_read(tx, parts.commitments,
                                        {question.id, *person, question.consumer, parts.provider,
                                         question.purpose, parts.clock.now()}));
  return list;
}

JsonObject write_use(const Parts& parts, const mydata::ListedUse& use) {
  return JsonObject{{"logtime", to_string(use.at)},
                    {"action", use.purpose.zh_hant},
                    {"receiverCode", use.agency.value},
                    {"receiverName", parts.agency_name(use.agency)},
                    {"receiverSystem", use.system.empty() ? "desk" : use.system}};
}

net::Response answer(const JsonObject& json) {
  auto response = net::Response::json(json);
  response.headers.set("Cache-Control", "no-store");
  return response;
}

net::Response find_usage(const Parts& parts, const net::Request& request) {
  const auto question = read_question(request, parts);
  if (!question) return net::Response::problem(question.error());
  const auto list =
      parts.database.transact([&](store::Transaction& tx) { return find(tx, parts, *question); });
  if (!list) return net::Response::problem(list.error());
  JsonArray usages;
  for (const mydata::ListedUse& use : list->uses) usages.push_back(write_use(parts, use));
  return answer({{"totalUsages", list->total}, {"usages", std::move(usages)}});
}

/// The oldest use does not change once there is one.
class Beginning {
 public:
  Result<Instant> find(const Parts& parts) {
    const std::lock_guard lock(mutex_);
    if (!first_) {
      MINBEN_TRY(first, parts.database.transact(
                            [](store::Transaction& tx) { return mydata::first_use(tx); }));
      first_ = first;
    }
    return first_.value_or(parts.clock.now());
  }

 private:
  std::mutex mutex_;
  std::optional<Instant> first_;
};

net::Response usage_period(const Parts& parts, Beginning& beginning) {
  const auto from = beginning.find(parts);
  if (!from) return net::Response::problem(from.error());
  return answer({{"periodStart", to_string(*from)}});  // until now
}

net::Response heartbeat(const Parts& parts) {
  static constexpr store::Query alive{"tracker_heartbeat", "select 1 as one"};
  const auto answered = parts.database.run(alive);
  return answer({{"status", answered ? "OK" : "FAIL"},
                 {"message", answered ? "API is ready" : "the database does not answer"}});
}

}  // namespace

std::vector<net::Route> routes(Parts parts) {
  const auto shared = std::make_shared<const Parts>(std::move(parts));
  const auto beginning = std::make_shared<Beginning>();
  using net::Method;
  using net::Request;
  return {
      {Method::get, "/v2/findUsage", own_gateway, 0,
       [shared](Request& request) { return find_usage(*shared, request); }},
      {Method::get, "/v2/usagePeriod", own_gateway, 0,
       [shared, beginning](Request&) { return usage_period(*shared, *beginning); }},
      {Method::get, "/v2/heartbeat", own_gateway, 0,
       [shared](Request&) { return heartbeat(*shared); }},
  };
}

}  // namespace minben::tracker
