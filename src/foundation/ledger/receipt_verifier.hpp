#pragma once
// Private: verifies many receipts with the same keys.
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/ledger.hpp"

namespace minben::ledger {

/// Receipts of one file share checkpoints, so each that was verified is remembered. Not
/// thread-safe; grows with every different checkpoint, so one lives as long as one file.
class ReceiptVerifier {
 public:
  /// Keys one a line. invalid "not_a_verifier_key".
  static Result<ReceiptVerifier> make(std::string_view vkeys);
  /// As verify_receipt.
  Result<VerifiedReceipt> verify(std::string_view text);

 private:
  explicit ReceiptVerifier(std::vector<NoteVerifier> keys) : keys_(std::move(keys)) {}
  [[nodiscard]] const NoteVerifier& key_for(std::string_view note) const;
  Result<Checkpoint> opened(const std::string& note);
  std::vector<NoteVerifier> keys_;
  std::map<std::string, Checkpoint> opened_;  ///< by the note as it is signed
};

}  // namespace minben::ledger
