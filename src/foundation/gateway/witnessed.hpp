#pragma once
// Agencies witness each other: who is whose witness, and a gateway's part in it.
#include "gateway.hpp"
#include "journal.hpp"
#include "ledger/witness.hpp"
#include "ledger/witnessing.hpp"

namespace minben::gateway {

/// The name of a member's witness.
std::string witness_name(const AgencyCode& member);

/// Below either side of a gateway.
inline constexpr std::string_view witness_prefix = "/witness";

/// One member as its witnesses and the logs that it witnesses know it.
struct Party {
  AgencyCode member;
  std::vector<std::string> log_keys;  ///< vkeys of its ledger, the first log's first
  std::string witness_key;            ///< vkey of its witness
  std::string url;                    ///< submission prefix of its witness
};
/// Which logs `self` cosigns: all other members' and the platform's (vkeys). A policy file.
std::string logs_policy(std::span<const Party> parties, const AgencyCode& self,
                        std::span<const std::string> platform_logs);
/// Who cosigns the log with this vkey: all but `self`; the quorum is two thirds of them, rounded
/// up.
std::string witnesses_policy(std::string_view log_key, std::span<const Party> parties,
                             const AgencyCode& self);

/// A gateway's witness, and its own ledger's way to the others'. Either may be missing, when the
/// configuration names no files for it.
class Witnessed {
 public:
  static Result<std::unique_ptr<Witnessed>> open(const GatewayConfig& config, Journal& journal,
                                                 const Clock& clock);
  [[nodiscard]] std::vector<net::Route> routes(net::Access access) const;
  void start();  ///< to ask the others
  void stop();
  /// The others are asked with the TLS certificate and the anchors that are in the files now.
  void renew_tls();
  [[nodiscard]] std::optional<WitnessesState> state() const;  ///< none: nobody is asked

 private:
  [[nodiscard]] std::shared_ptr<ledger::Witnessing> asking() const;

  std::unique_ptr<ledger::Witness> witness_;
  std::function<std::shared_ptr<ledger::Witnessing>()> make_;  ///< none: nobody is asked
  std::mutex changing_;
  mutable std::mutex mutex_;
  std::shared_ptr<ledger::Witnessing> asking_;
  bool started_ = false;
};

}  // namespace minben::gateway
