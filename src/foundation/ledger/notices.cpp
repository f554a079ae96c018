#include "ledger/notices.hpp"

#include <algorithm>

#include <spdlog/spdlog.h>

#include "complete.hpp"
#include "ledger/notice.hpp"

namespace minben::ledger {

namespace {

constexpr std::string_view job = "ledger.notice";
constexpr seconds pause{15};  ///< before another try
/// While a log grows, what it shows is always a moment ahead of its witnesses. So old may the
/// newest cosignature be of what they have seen.
constexpr minutes fresh{10};
constexpr std::size_t most_listed = 400;

using store::Query;

constexpr Query find_notice{"ledger_find_notice", R"(
  select text from ledger.notice where origin = $1 and day = $2)"};
constexpr Query insert_notice{"ledger_insert_notice", R"(
  insert into ledger.notice (origin, day, text, since) values ($1, $2, $3, $4))"};
constexpr Query list_notices{"ledger_list_notices", R"(
  select day from ledger.notice where origin = $1 and text is not null order by day desc limit $2)"};
constexpr Query wait_for_quorum{"ledger_notice_waits", R"(
  insert into ledger.notice (origin, day, since) values ($1, $2, $3) on conflict (origin, day) do nothing)"};
constexpr Query forget_waiting{"ledger_notice_waits_no_more", R"(
  delete from ledger.notice where origin = $1 and text is null)"};
constexpr Query find_waiting{"ledger_find_waiting_notice", R"(
  select min(since) as since from ledger.notice where origin = $1 and text is null)"};

bool is_fresh(const Verdict& verdict, Instant now) {
  return std::ranges::any_of(verdict.witnesses, [&](const Standing& one) {
    return one.cosigned_at && to_instant(*one.cosigned_at) >= now - fresh;
  });
}

}  // namespace

Notices::Notices(const Logs& logs, Policy policy, store::Database& database, const Clock& clock)
    : logs_(logs),
      ledger_(logs.log(1).value()->origin()),
      policy_(std::move(policy)),
      database_(database),
      clock_(clock) {}

/// Proofs are made against the newest checkpoint that is complete.
Result<std::optional<std::string>> Notices::note_with_quorum() const {
  MINBEN_TRY(found, newest_complete(logs_.newest(), with_successors(policy_, logs_)));
  if (!found || (!found->shown && !is_fresh(found->verdict, clock_.now()))) return std::nullopt;
  return std::move(found->note);
}

Result<Notices::Outcome> Notices::write(store::Transaction& transaction) {
  const Instant now = clock_.now();
  const Date today = taiwan_date(now);
  MINBEN_TRY(there, transaction.run(find_notice, ledger_, today));
  if (!there.empty() && !there.front().is_null("text")) return Outcome::there_already;
  MINBEN_TRY(note, note_with_quorum());
  if (!note) {
    MINBEN_CHECK(transaction.run(wait_for_quorum, ledger_, today, now));
    return Outcome::short_of_quorum;
  }
  MINBEN_TRY(text, write_notice(*note, now));
  MINBEN_CHECK(transaction.run(forget_waiting, ledger_));
  MINBEN_CHECK(transaction.run(insert_notice, ledger_, today, text, now));
  return Outcome::written;
}

Result<void> Notices::plan(store::Transaction& transaction, Instant at) const {
  return store::enqueue(transaction, {std::string(job), "", nullptr, at});
}

void Notices::write_daily(store::Workers& workers) {
  workers.on(std::string(job),
             [this](store::Transaction& transaction, const store::Job&) -> Result<void> {
               MINBEN_TRY(outcome, write(transaction));
               const Instant now = clock_.now();
               if (outcome == Outcome::short_of_quorum) {
                 spdlog::warn("{} {}: not written, the quorum is missing", job, ledger_);
                 return plan(transaction, now + pause);
               }
               return plan(transaction, taiwan_midnight(add_days(taiwan_date(now), 1)));
             });
  const auto planned = database_.transact(
      [this](store::Transaction& transaction) { return plan(transaction, clock_.now()); });
  if (!planned) spdlog::error("{} is not planned: {}", job, describe(planned.error()));
}

Result<std::vector<Date>> Notices::days(std::size_t limit) const {
  MINBEN_TRY(rows, database_.run(list_notices, ledger_, limit));
  std::vector<Date> days;
  for (const store::Row row : rows) days.push_back(row.date("day"));
  return days;
}

Result<std::string> Notices::notice(Date day) const {
  MINBEN_TRY(rows, database_.run(find_notice, ledger_, day));
  if (rows.empty() || rows.front().is_null("text"))
    return fail(Kind::not_found, "no_such_notice", "none was written on that day");
  return rows.front().text("text");
}

Result<std::optional<Instant>> Notices::short_since() const {
  MINBEN_TRY(rows, database_.run(find_waiting, ledger_));
  return rows.front().optional_instant("since");
}

// -------------------------------------------------------------------------------------- routes

namespace {

Result<net::Response> list_of(const Notices& notices, std::string_view prefix) {
  MINBEN_TRY(days, notices.days(most_listed));
  MINBEN_TRY(short_since, notices.short_since());
  JsonArray list;
  for (const Date day : days)
    list.push_back(JsonObject{{"day", to_string(day)},
                              {"path", fmt::format("{}/notices/{}", prefix, to_string(day))}});
  JsonObject all{{"notices", std::move(list)}};
  all["short_since"] = short_since ? Json(to_string(*short_since)) : Json(nullptr);
  return net::Response::json(all);
}

Result<std::string> notice_named(const Notices& notices, std::string_view name) {
  if (name != "newest") {
    const auto day = parse_date(name);
    if (!day) return fail(Kind::not_found, "no_such_notice", "expected a day, or \"newest\"");
    return notices.notice(*day);
  }
  MINBEN_TRY(days, notices.days(1));
  if (days.empty()) return fail(Kind::not_found, "no_such_notice", "none has been written yet");
  return notices.notice(days.front());
}

}  // namespace

std::vector<net::Route> notice_routes(const Notices& notices, std::string_view prefix,
                                      net::Access access) {
  const std::string path = fmt::format("{}/notices", prefix);
  const auto list = [&notices, prefix = std::string(prefix)](net::Request&) {
    auto response = list_of(notices, prefix);
    return response ? std::move(*response) : net::Response::problem(response.error());
  };
  const auto one = [&notices](net::Request& request) {
    auto text = notice_named(notices, request.parameter("day"));
    return text ? net::Response::text(std::move(*text)) : net::Response::problem(text.error());
  };
  return {{net::Method::get, path, access, 0, list},
          {net::Method::get, path + "/{day}", access, 0, one}};
}

}  // namespace minben::ledger
