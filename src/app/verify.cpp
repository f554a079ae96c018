// minben receipt verify, minben ledger anchor, continues: nothing but files and a public key.
#include <algorithm>
#include <map>

#include <fmt/core.h>

#include "commands.hpp"
#include "files.hpp"
#include "ledger/ledger.hpp"
#include "ledger/notice.hpp"
#include "ledger/policy.hpp"
#include "ledger/series.hpp"
#include "ledger_tools.hpp"

namespace minben::app::command {

namespace {

Result<std::optional<ledger::Policy>> policy_in(const std::filesystem::path& file) {
  if (file.empty()) return std::nullopt;
  MINBEN_TRY(policy, read_policy(file));
  return policy;
}

using Series = ledger::VerifiedSeries;

/// A file with one receipt is a series of one, or no series when it has no number.
Result<Series> read_series(const std::string& text, std::string_view vkey) {
  if (ledger::is_receipts_file(text)) return ledger::verify_receipts(text, vkey);
  MINBEN_TRY(receipt, ledger::verify_receipt(text, vkey));
  return ledger::series_of(text, std::move(receipt));
}

/// Without a key, any log of the policy may have signed.
Result<Series> verified(const std::string& text, const std::string& key,
                        const std::optional<ledger::Policy>& policy) {
  if (!key.empty()) {
    MINBEN_TRY(vkey, read_key(key));
    return read_series(text, vkey);
  }
  Result<Series> result = fail(Kind::invalid, "no_logs", "the policy has no log line; say --key");
  for (const ledger::Policy::Log& log : policy->logs) {
    result = read_series(text, log.key.vkey());
    if (result || result.error().code != "unsigned_note") break;
  }
  return result;
}

struct Checked {
  std::vector<Series> series;  ///< one for each type
  /// With a policy: by the checkpoint's note, which receipts share.
  std::map<std::string, ledger::Verdict> verdicts;
};

Result<void> judge_all(const ledger::Policy& policy, Checked& checked) {
  for (const Series& series : checked.series)
    for (const ledger::VerifiedItem& item : series.items) {
      if (!item.receipt || checked.verdicts.contains(item.receipt->note)) continue;
      MINBEN_TRY(verdict, ledger::judge(policy, item.receipt->note));
      checked.verdicts.emplace(item.receipt->note, std::move(verdict));
    }
  return {};
}

Result<Checked> check(const VerifyReceiptOptions& options) {
  MINBEN_TRY(policy, policy_in(options.policy));
  Checked checked;
  std::map<std::string, std::vector<Series>> by_type;
  for (const std::filesystem::path& file : options.receipts) {
    MINBEN_TRY(text, read_file(file));
    auto series = verified(text, options.key, policy);
    if (!series) {
      if (options.receipts.size() > 1) series.error().detail += " in " + file.string();
      return std::unexpected(series.error());
    }
    // A receipt without a number stands for itself.
    const bool numbered = series->items.empty() || series->items.front().place.number > 0;
    if (numbered) by_type[series->type].push_back(std::move(*series));
    else checked.series.push_back(std::move(*series));
  }
  for (const auto& [type, files] : by_type) {
    MINBEN_TRY(whole, ledger::join_series(files));
    checked.series.push_back(std::move(whole));
  }
  if (policy) MINBEN_CHECK(judge_all(*policy, checked));
  return checked;
}

/// What the log shows; with a policy once its quorum has cosigned it.
Result<std::string> note_of(const NoticeOptions& options) {
  MINBEN_TRY(log, open_log_source(options.log, options.authorities, 1));
  if (options.policy.empty()) {
    MINBEN_TRY(text, log->read("checkpoint"));
    if (!text) return fail(Kind::not_found, "missing_file", "no checkpoint", "checkpoint");
    return std::string(as_text(*text));
  }
  MINBEN_TRY(policy, read_policy(options.policy));
  MINBEN_TRY(judged, wait_for_quorum(*log, policy, seconds(options.patience_seconds)));
  if (!judged.verdict.quorum)
    return fail(Kind::conflict, "no_quorum",
                fmt::format("{} of {} witnesses have cosigned", judged.verdict.cosigned(),
                            judged.verdict.witnesses.size()),
                options.policy.string());
  return std::move(judged.note);
}

Result<std::string> notice_of(const NoticeOptions& options, const Clock& clock) {
  MINBEN_TRY(vkey, read_key(options.key));
  MINBEN_TRY(key, ledger::NoteVerifier::parse(vkey));
  MINBEN_TRY(note, note_of(options));
  MINBEN_CHECK(ledger::open_checkpoint(note, key));
  return ledger::write_notice(note, clock.now());
}

struct Continued {
  ledger::Checkpoint earlier, newest;
};

Result<Continued> continued(const NoticeOptions& options) {
  MINBEN_TRY(text, read_file(options.notice));
  MINBEN_TRY(note, ledger::note_of_notice(text));
  MINBEN_TRY(vkey, read_key(options.key));
  MINBEN_TRY(key, ledger::NoteVerifier::parse(vkey));
  MINBEN_TRY(earlier, ledger::open_checkpoint(note, key));
  MINBEN_TRY(log, open_log_source(options.log, options.authorities, 1));
  MINBEN_TRY(newest, ledger::check_continues(*log, key, earlier));
  return Continued{std::move(earlier), std::move(newest)};
}

void print_item(const ledger::VerifiedItem& item) {
  if (!item.receipt) {
    fmt::print("  number   {}: erased, only its place is kept\n", item.place.number);
    return;
  }
  const ledger::VerifiedReceipt& receipt = *item.receipt;
  if (item.place.number > 0) fmt::print("  number   {}\n", item.place.number);
  fmt::print("  what     {}\n  when     {}\n  entry    {} of {} in {}\n  content  {}\n",
             receipt.claim.type, to_string(receipt.claim.at), receipt.index + 1,
             receipt.checkpoint.size, receipt.checkpoint.origin, write_json(receipt.claim.content));
}

void print_whole(const Series& series) {
  fmt::print("COMPLETE  {}: {} to {}, nothing between is left out\n", series.type,
             series.items.front().place.number, series.items.back().place.number);
  if (series.entries > series.items.back().place.number)
    fmt::print("          the platform has {} of this kind: fetch the newer ones too\n",
               series.entries);
}

}  // namespace

int verify_receipt(const VerifyReceiptOptions& options) {
  const auto result = check(options);
  if (!result) {
    fmt::print(stderr, "NOT VALID  {}\n", describe(result.error()));
    return 1;
  }
  const bool short_of_quorum = std::ranges::any_of(
      result->verdicts, [](const auto& judged) { return !judged.second.quorum; });
  fmt::print("{}\n", short_of_quorum ? "NOT COSIGNED BY THE QUORUM" : "VALID");
  for (const Series& series : result->series) {
    for (const ledger::VerifiedItem& item : series.items) print_item(item);
    if (series.items.size() > 1) print_whole(series);
  }
  for (const auto& [note, verdict] : result->verdicts) print_witnesses(verdict);
  return short_of_quorum ? 1 : 0;
}

int anchor_ledger(const NoticeOptions& options, const Clock& clock) {
  const auto notice = notice_of(options, clock);
  if (!notice) {
    fmt::print(stderr, "NOT WRITTEN  {}\n", describe(notice.error()));
    return 1;
  }
  if (options.notice.empty()) {
    fmt::print("{}", *notice);
    return 0;
  }
  const auto written = write_file(options.notice, *notice);
  if (!written) fmt::print(stderr, "{}\n", describe(written.error()));
  return written ? 0 : 2;
}

int check_notice(const NoticeOptions& options) {
  const auto result = continued(options);
  if (!result) {
    fmt::print(stderr, "NOT THE SAME LEDGER  {}\n", describe(result.error()));
    return 1;
  }
  fmt::print("VALID\n  ledger   {}\n  then     {} entries\n  now      {} entries\n",
             result->newest.origin, result->earlier.size, result->newest.size);
  return 0;
}

}  // namespace minben::app::command
