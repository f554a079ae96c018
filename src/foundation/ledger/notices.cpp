#include "ledger/notices.hpp"

#include <algorithm>

#include <spdlog/spdlog.h>

#include "ledger/files.hpp"
#include "ledger/notice.hpp"

namespace minben::ledger {

namespace {

constexpr std::string_view job = "ledger.notice";
constexpr minutes pause{2};  ///< before another try
/// While a log grows, what it shows is always a moment ahead of its witnesses. So old may the
/// newest cosignature be of what they have seen.
constexpr minutes fresh{10};
constexpr std::size_t most_listed = 400;
constexpr std::size_t max_notice = 1u << 20;
constexpr std::size_t max_instant = 64;

bool is_fresh(const Verdict& verdict, Instant now) {
  return std::ranges::any_of(verdict.witnesses, [&](const Standing& one) {
    return one.cosigned_at && to_instant(*one.cosigned_at) >= now - fresh;
  });
}

}  // namespace

Notices::Notices(const Log& log, Policy policy, fs::path directory, const Clock& clock)
    : log_(log), policy_(std::move(policy)), directory_(std::move(directory)), clock_(clock) {}

fs::path Notices::file_of(Date day) const { return directory_ / (to_string(day) + ".txt"); }

/// Proofs are made against the newest checkpoint that is complete.
Result<std::optional<std::string>> Notices::note_with_quorum() const {
  std::string note = log_.checkpoint();
  MINBEN_TRY(shown, judge(policy_, note));
  if (shown.quorum) return note;
  if (shown.checkpoint.size == 0) return std::nullopt;
  MINBEN_TRY(proof, log_.proof(0));
  MINBEN_TRY(verdict, judge(policy_, proof.checkpoint));
  if (!verdict.quorum || !is_fresh(verdict, clock_.now())) return std::nullopt;
  return std::move(proof.checkpoint);
}

Result<Notices::Outcome> Notices::write() {
  const Instant now = clock_.now();
  const fs::path file = file_of(taiwan_date(now));
  MINBEN_TRY(there, disk().exists(file));
  if (there) return Outcome::there_already;
  MINBEN_TRY(note, note_with_quorum());
  if (!note) {
    MINBEN_TRY(since, short_since());
    if (!since)
      MINBEN_CHECK(disk().replace_for_good(directory_ / "short-since", as_bytes(to_string(now))));
    return Outcome::short_of_quorum;
  }
  MINBEN_TRY(text, write_notice(*note, now));
  MINBEN_CHECK(disk().replace_for_good(file, as_bytes(text)));
  disk().remove_all(directory_ / "short-since");
  return Outcome::written;
}

Result<void> Notices::plan(store::Transaction& transaction, Instant at) const {
  return store::enqueue(transaction, {std::string(job), "", nullptr, at});
}

void Notices::write_daily(store::Database& database, store::Workers& workers) {
  workers.on(std::string(job),
             [this](store::Transaction& transaction, const store::Job&) -> Result<void> {
               const auto outcome = write();
               const Instant now = clock_.now();
               if (!outcome) {
                 spdlog::error("{} {}: {}", job, log_.origin(), describe(outcome.error()));
                 return plan(transaction, now + pause);
               }
               if (*outcome == Outcome::short_of_quorum) {
                 spdlog::warn("{} {}: not written, the quorum is missing", job, log_.origin());
                 return plan(transaction, now + pause);
               }
               return plan(transaction, taiwan_midnight(add_days(taiwan_date(now), 1)));
             });
  const auto planned = database.transact(
      [this](store::Transaction& transaction) { return plan(transaction, clock_.now()); });
  if (!planned) spdlog::error("{} is not planned: {}", job, describe(planned.error()));
}

Result<std::vector<Date>> Notices::days(std::size_t limit) const {
  std::vector<Date> days;
  std::error_code error;
  for (fs::directory_iterator at(directory_, error), end; !error && at != end;
       at.increment(error)) {
    if (at->path().extension() != ".txt") continue;
    if (const auto day = parse_date(at->path().stem().string())) days.push_back(*day);
  }
  if (error && error != std::errc::no_such_file_or_directory)
    return fail(Kind::unavailable, "ledger_failed", error.message(), directory_.string());
  std::ranges::sort(days, std::greater<>());
  days.resize(std::min(days.size(), limit));
  return days;
}

Result<std::string> Notices::notice(Date day) const {
  MINBEN_TRY(content, disk().read(file_of(day), max_notice));
  if (!content) return fail(Kind::not_found, "no_such_notice", "none was written on that day");
  return std::string(as_text(*content));
}

Result<std::optional<Instant>> Notices::short_since() const {
  MINBEN_TRY(content, disk().read(directory_ / "short-since", max_instant));
  if (!content) return std::nullopt;
  MINBEN_TRY(since, parse_instant(as_text(*content)));
  return since;
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
