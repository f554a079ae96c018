// minben ledger verify: a whole log, read as a stranger would.
#include <fmt/core.h>

#include "files.hpp"
#include "ledger/seal.hpp"
#include "ledger_tools.hpp"
#include "progress_line.hpp"

namespace minben::app::command {

namespace fs = std::filesystem;

Result<std::string> read_key(const std::string& key) {
  std::error_code ignored;
  if (!fs::is_regular_file(key, ignored)) return key;
  MINBEN_TRY(text, read_file(key));
  return std::string(trim(text));
}

Result<std::unique_ptr<ledger::Source>> open_log_source(const std::string& log,
                                                        const fs::path& authorities, int requests) {
  if (log.contains("://"))
    return ledger::http_source(log, {.server_ca_pem = authorities, .requests = requests});
  if (!fs::is_directory(log))
    return fail(Kind::not_found, "no_such_log", "neither a directory nor an address", log);
  return ledger::directory_source(log);
}

namespace {

struct Verified {
  ledger::NoteVerifier key;
  ledger::VerifiedLog log;
  std::optional<ledger::Verdict> verdict{};  ///< with a policy: of a checkpoint that it contains
};

/// Without a key it is the one that the policy has for the log's name.
Result<ledger::NoteVerifier> key_of(const VerifyLedgerOptions& options,
                                    const std::optional<ledger::Policy>& policy,
                                    std::string_view origin) {
  if (!options.key.empty()) {
    MINBEN_TRY(vkey, read_key(options.key));
    return ledger::NoteVerifier::parse(vkey);
  }
  if (policy)
    for (const ledger::Policy::Log& log : policy->logs)
      if (log.key.name() == origin) return log.key;
  return fail(Kind::invalid, "no_key", "say --key, or a policy with a line for this log");
}

Result<Verified> verified(const VerifyLedgerOptions& options) {
  MINBEN_TRY(source, open_log_source(options.log, options.authorities, options.requests));
  ledger::VerifyOptions how;
  std::optional<ledger::Policy> policy;
  std::optional<ledger::Verdict> verdict;
  if (!options.policy.empty()) {
    MINBEN_TRY(read, read_policy(options.policy));
    policy = std::move(read);
    MINBEN_TRY(judged, wait_for_quorum(*source, *policy, seconds(options.patience_seconds)));
    how.since.push_back(std::move(judged.note));  // what was cosigned must be in what is verified
    verdict = std::move(judged.verdict);
  }
  MINBEN_TRY(key, key_of(options, policy, verdict ? verdict->checkpoint.origin : ""));
  if (!options.since.empty()) {
    MINBEN_TRY(since, read_file(options.since));
    how.since.push_back(std::move(since));
  }
  ProgressLine line;
  how.progress = [&](std::uint64_t done, std::uint64_t all) {
    line.show([&] { return fmt::format("{} of {} entries ({} %)", done, all, 100 * done / all); });
  };
  MINBEN_TRY(log, ledger::verify_log(*source, key.vkey(), how));
  if (!options.remember.empty()) MINBEN_CHECK(write_file(options.remember, log.note));
  return Verified{std::move(key), std::move(log), std::move(verdict)};
}

Result<ledger::Seal> seal_of(const Verified& one) {
  const std::uint64_t size = one.log.checkpoint.size;
  if (size == 0) return fail(Kind::invalid, "not_sealed");
  return ledger::parse_seal(one.log.last, one.key, size - 1);
}

/// The successor, with the key that the seal names.
Result<Verified> verified_successor(const VerifyLedgerOptions& options, const Verified& log) {
  const auto seal = seal_of(log);
  if (!seal) return fail(Kind::invalid, "not_sealed", "the log has not ended");
  VerifyLedgerOptions next = options;
  next.log = options.successor;
  next.key = seal->successor.vkey();
  next.since.clear();
  next.policy.clear();
  next.remember.clear();
  MINBEN_TRY(successor, verified(next));
  MINBEN_CHECK(ledger::check_succession(log.log, log.key, successor.log, successor.key));
  return successor;
}

void print(const Verified& one) {
  const ledger::Checkpoint& checkpoint = one.log.checkpoint;
  const bool short_of_quorum = one.verdict && !one.verdict->quorum;
  fmt::print("{}\n  ledger   {}\n  entries  {}\n  root     {}\n  files    {}\n",
             short_of_quorum ? "NOT COSIGNED BY THE QUORUM" : "VALID", checkpoint.origin,
             checkpoint.size, base64_encode(checkpoint.root), one.log.files);
  if (const auto before = ledger::parse_predecessor(one.log.first))
    fmt::print("  continues {} of {} entries\n", before->key.name(), before->checkpoint.size);
  if (const auto seal = seal_of(one))
    fmt::print("  sealed   continued by {}\n           {}\n", seal->successor.name(),
               seal->successor.vkey());
  if (one.verdict) print_witnesses(*one.verdict);
}

/// What could not be read says nothing about the log.
int refused(const Error& error) {
  fmt::print(stderr, "NOT VALID  {}\n", describe(error));
  return error.kind == Kind::unavailable ? 2 : 1;
}

}  // namespace

int verify_ledger(const VerifyLedgerOptions& options) {
  const auto result = verified(options);
  if (!result) return refused(result.error());
  print(*result);
  const int outcome = result->verdict && !result->verdict->quorum ? 1 : 0;
  if (options.successor.empty()) return outcome;
  const auto successor = verified_successor(options, *result);
  if (!successor) return refused(successor.error());
  print(*successor);
  return outcome;
}

}  // namespace minben::app::command
