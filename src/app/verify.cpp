// minben receipt verify: nothing but a file and a public key.
#include <fmt/core.h>

#include "commands.hpp"
#include "files.hpp"
#include "ledger/ledger.hpp"
#include "ledger_tools.hpp"

namespace minben::app::command {

namespace {

Result<ledger::VerifiedReceipt> verified(const std::filesystem::path& receipt,
                                         const std::string& key) {
  MINBEN_TRY(text, read_file(receipt));
  MINBEN_TRY(vkey, read_key(key));
  return ledger::verify_receipt(text, vkey);
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

}  // namespace minben::app::command
