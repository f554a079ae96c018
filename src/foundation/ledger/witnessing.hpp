#pragma once
// The log's side of tlog-witness: takes each new checkpoint to the witnesses of a policy, and shows
// it with their cosignatures.
#include <memory>

#include "ledger/logs.hpp"
#include "ledger/policy.hpp"
#include "net/net.hpp"

namespace minben::ledger {

struct WitnessingLimits {
  milliseconds pause_ms{500};             ///< between looks at the log, and after a first failure
  milliseconds longest_pause_ms{60'000};  ///< for a witness that keeps failing; doubles up to this
  int conflicts = 3;                      ///< 409 answers that are followed in one round
};

/// What is known of one witness since the start; for status pages.
struct WitnessState {
  std::string witness;       ///< its name in the policy
  std::uint64_t size = 0;    ///< of the newest checkpoint that it cosigned here
  std::string failure = {};  ///< code of the last attempt's error, "" when it went well
};

/// Asks all witnesses at once, each in a thread of its own for the length of a round; one that is
/// down or slow holds up neither appends nor the others' cosignatures, which are shown as they
/// come. Only witnesses with a URL and a key that is verified here are asked. Logs must outlive it.
/// Thread-safe.
class Witnessing {
 public:
  Witnessing(Log& log, Policy policy, const net::ClientConfig& client,
             const WitnessingLimits& limits = {});
  /// Of the newest log, also when it is begun later; and of those before it, until their last
  /// checkpoints have their quorum. A policy that names one of them also counts for its successors.
  Witnessing(const Logs& logs, const Policy& policy, const net::ClientConfig& client,
             const WitnessingLimits& limits = {});
  ~Witnessing();  ///< stops

  void start();  ///< a thread that looks for new checkpoints
  void stop();
  /// One round now, with every witness whose cosignature the newest checkpoint lacks, however often
  /// it failed before. How that checkpoint then stands.
  Result<Verdict> run_once();

  /// The newest checkpoint under the policy.
  [[nodiscard]] Result<Verdict> verdict() const;
  /// Receipts of entries before this are made against a checkpoint that has its quorum.
  [[nodiscard]] Position complete_until() const;
  [[nodiscard]] std::vector<WitnessState> states() const;
  [[nodiscard]] const Policy& policy() const;

  struct Impl;

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace minben::ledger
