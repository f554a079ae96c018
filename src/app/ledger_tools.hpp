#pragma once
// What `minben ledger …` is told on the command line.
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "commands.hpp"
#include "core/core.hpp"
#include "ledger/policy.hpp"
#include "ledger/verify.hpp"

namespace minben::app::command {

/// A key is given as it is, or as a file that holds it.
Result<std::string> read_key(const std::string& key);
/// A directory or a URL.
Result<std::unique_ptr<ledger::Source>> open_log_source(const std::string& log,
                                                        const std::filesystem::path& authorities,
                                                        int requests);

Result<ledger::Policy> read_policy(const std::filesystem::path& file);
/// What a log shows once the policy's quorum has cosigned it, or what it still shows after that
/// long. Errors: those of the source and of judge.
struct JudgedNote {
  std::string note;
  ledger::Verdict verdict;
};
Result<JudgedNote> wait_for_quorum(const ledger::Source& log, const ledger::Policy& policy,
                                   seconds patience);
/// Indented lines: whether the quorum is reached, and who has cosigned when.
void print_witnesses(const ledger::Verdict& verdict);

struct VerifyLedgerOptions {
  std::string log;                     ///< a directory or a URL
  std::string key;                     ///< vkey, or a file that holds it; "" = of the policy's logs
  std::filesystem::path policy;        ///< "" = nobody else need have seen it
  std::int64_t patience_seconds = 30;  ///< for the quorum
  std::filesystem::path since, remember;
  std::string successor;  ///< directory or URL of the log that continues it; "" = none
  std::filesystem::path authorities{system_authorities};
  int requests = 16;
};
/// 1 when something is wrong or the policy's quorum is missing, 2 when it could not be read.
int verify_ledger(const VerifyLedgerOptions& options);

struct WatchLedgerOptions {
  std::vector<std::string> logs;       ///< directories and URLs
  std::vector<std::string> keys;       ///< one a log, in order; fewer: the log's own, kept
  std::filesystem::path policy;        ///< "" = nobody else need have seen it
  std::filesystem::path state;         ///< folder
  std::int64_t patience_seconds = 30;  ///< for the quorum
  std::int64_t stale_seconds = 0;      ///< 0: never
  std::int64_t pause_seconds = 60;     ///< between looks
  bool once = false;
  std::filesystem::path authorities{system_authorities};
};
/// One JSON line an event. Once: 0 all is well, 1 an alarm, 2 a log or the state could not be read.
int watch_ledgers(const WatchLedgerOptions& options);

struct MirrorLedgerOptions {
  std::string log;                       ///< a directory or a URL
  std::string key;                       ///< vkey, or a file that holds it
  std::vector<std::string> mirrors;      ///< submission prefixes
  std::vector<std::string> mirror_keys;  ///< one each, in order
  std::int64_t pause_seconds = 0;        ///< 0: once
  std::filesystem::path authorities{system_authorities};
};
/// A line a mirror that has everything. Once: 1 when a mirror or the log is not in order, 2 when
/// one could not be reached.
int mirror_ledger(const MirrorLedgerOptions& options);

struct ServeLedgerOptions {
  std::filesystem::path directory;
  std::string origin;
  std::filesystem::path key;  ///< private; "" = the directory's name with .key.pem, made if missing
  std::string listen;         ///< HOST:PORT
  std::filesystem::path token;       ///< file; "" = nobody appends over HTTP
  std::filesystem::path ready_file;  ///< written with the address once it answers
};
int serve_ledger(const ServeLedgerOptions& options);

struct SealLedgerOptions {
  std::filesystem::path directory, key;            ///< key as above
  std::filesystem::path successor, successor_key;  ///< made when missing
  std::string successor_origin;
};
int seal_ledger(const SealLedgerOptions& options);

/// DIR.key.pem beside DIR, unless it was given.
std::filesystem::path private_key_path(const std::filesystem::path& given,
                                       const std::filesystem::path& directory);

}  // namespace minben::app::command
