// minben receipt verify, minben ledger verify: nothing but a file and a public key.
#include <fmt/core.h>

#include "commands.hpp"
#include "files.hpp"
#include "ledger/ledger.hpp"

namespace minben::app::command {

namespace {

/// A key is given as it is, or as a file that holds it.
Result<std::string> key_text(const std::string& key) {
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(key, ignored)) return key;
  MINBEN_TRY(text, read_file(key));
  return std::string(trim(text));
}

Result<ledger::VerifiedReceipt> verified(const std::filesystem::path& receipt,
                                         const std::string& key) {
  MINBEN_TRY(text, read_file(receipt));
  MINBEN_TRY(vkey, key_text(key));
  return ledger::verify_receipt(text, vkey);
}

Result<ledger::VerifiedLog> verified_log(const std::filesystem::path& directory,
                                         const std::string& key) {
  MINBEN_TRY(vkey, key_text(key));
  return ledger::verify_directory(directory, vkey);
}

}  // namespace

int verify_receipt(const std::filesystem::path& receipt, const std::string& key) {
  const auto result = verified(receipt, key);
  if (!result) {
    fmt::print(stderr, "NOT VALID  {}\n", describe(result.error()));
    return 1;
  }
  fmt::print("VALID\n  what     {}\n  when     {}\n  entry    {} of {} in {}\n  content  {}\n",
             result->claim.type, to_string(result->claim.at), result->index + 1,
             result->checkpoint.size, result->checkpoint.origin, write_json(result->claim.content));
  return 0;
}

int verify_ledger(const std::filesystem::path& directory, const std::string& key) {
  const auto result = verified_log(directory, key);
  if (!result) {
    fmt::print(stderr, "NOT VALID  {}\n", describe(result.error()));
    return 1;
  }
  fmt::print("VALID\n  ledger   {}\n  entries  {}\n  files    {}\n", result->checkpoint.origin,
             result->checkpoint.size, result->files);
  return 0;
}

}  // namespace minben::app::command
