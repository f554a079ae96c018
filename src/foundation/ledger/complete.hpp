#pragma once
// Private: the newest checkpoint of a log that has its quorum.
#include "ledger/ledger.hpp"
#include "ledger/policy.hpp"

namespace minben::ledger {

struct CompleteNote {
  std::string note;
  Verdict verdict;
  bool shown = false;  ///< it is what the log shows
};

/// What the log shows, or else what its proofs are made against. Nothing: neither has its quorum.
inline Result<std::optional<CompleteNote>> newest_complete(const Log& log, const Policy& policy) {
  std::string note = log.checkpoint();
  MINBEN_TRY(shown, judge(policy, note));
  if (shown.quorum) return CompleteNote{std::move(note), std::move(shown), true};
  if (shown.checkpoint.size == 0) return std::nullopt;
  MINBEN_TRY(proof, log.proof(0));
  MINBEN_TRY(verdict, judge(policy, proof.checkpoint));
  if (!verdict.quorum) return std::nullopt;
  return CompleteNote{std::move(proof.checkpoint), std::move(verdict), false};
}

}  // namespace minben::ledger
