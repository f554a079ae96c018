#pragma once
// What `minben ledger …` is told on the command line.
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "core/core.hpp"
#include "ledger/verify.hpp"

namespace minben::app::command {

/// A system's list of certificate authorities, as Debian keeps it.
inline constexpr std::string_view system_authorities = "/etc/ssl/certs/ca-certificates.crt";

/// A key is given as it is, or as a file that holds it.
Result<std::string> read_key(const std::string& key);
/// A directory or a URL.
Result<std::unique_ptr<ledger::Source>> open_log_source(const std::string& log,
                                                        const std::filesystem::path& authorities,
                                                        int requests);

struct VerifyLedgerOptions {
  std::string log;  ///< a directory or a URL
  std::string key;  ///< vkey, or a file that holds it
  std::filesystem::path since, remember;
  std::filesystem::path authorities{system_authorities};
  int requests = 16;
};
int verify_ledger(const VerifyLedgerOptions& options);

}  // namespace minben::app::command
