// minben receipt verify, minben ledger anchor, continues: nothing but files and a public key.
#include <fmt/core.h>

#include "commands.hpp"
#include "files.hpp"
#include "ledger/ledger.hpp"
#include "ledger/notice.hpp"
#include "ledger/policy.hpp"
#include "ledger_tools.hpp"

namespace minben::app::command {

namespace {

Result<std::optional<ledger::Policy>> policy_in(const std::filesystem::path& file) {
  if (file.empty()) return std::nullopt;
  MINBEN_TRY(policy, read_policy(file));
  return policy;
}

/// Without a key, any log of the policy may have signed.
Result<ledger::VerifiedReceipt> verified(const std::string& text, const std::string& key,
                                         const std::optional<ledger::Policy>& policy) {
  if (!key.empty()) {
    MINBEN_TRY(vkey, read_key(key));
    return ledger::verify_receipt(text, vkey);
  }
  Result<ledger::VerifiedReceipt> result =
      fail(Kind::invalid, "no_logs", "the policy has no log line; say --key");
  for (const ledger::Policy::Log& log : policy->logs) {
    result = ledger::verify_receipt(text, log.key.vkey());
    if (result || result.error().code != "unsigned_note") break;
  }
  return result;
}

struct Checked {
  ledger::VerifiedReceipt receipt;
  std::optional<ledger::Verdict> verdict;  ///< with a policy
};

Result<Checked> check(const VerifyReceiptOptions& options) {
  MINBEN_TRY(text, read_file(options.receipt));
  MINBEN_TRY(policy, policy_in(options.policy));
  MINBEN_TRY(receipt, verified(text, options.key, policy));
  Checked checked{std::move(receipt), {}};
  if (policy) {
    MINBEN_TRY(verdict, ledger::judge(*policy, checked.receipt.note));
    checked.verdict = std::move(verdict);
  }
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

}  // namespace

int verify_receipt(const VerifyReceiptOptions& options) {
  const auto result = check(options);
  if (!result) {
    fmt::print(stderr, "NOT VALID  {}\n", describe(result.error()));
    return 1;
  }
  const ledger::VerifiedReceipt& receipt = result->receipt;
  const bool short_of_quorum = result->verdict && !result->verdict->quorum;
  fmt::print("{}\n  what     {}\n  when     {}\n  entry    {} of {} in {}\n  content  {}\n",
             short_of_quorum ? "NOT COSIGNED BY THE QUORUM" : "VALID", receipt.claim.type,
             to_string(receipt.claim.at), receipt.index + 1, receipt.checkpoint.size,
             receipt.checkpoint.origin, write_json(receipt.claim.content));
  if (result->verdict) print_witnesses(*result->verdict);
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
