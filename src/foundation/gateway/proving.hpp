#pragma once
// Containers of evidence about a gateway's exchanges (exchange/evidence.hpp).
#include <mutex>

#include "bodies.hpp"
#include "exchange/certificate_archive.hpp"
#include "exchange/evidence.hpp"
#include "journal.hpp"
#include "own_keys.hpp"
#include "stamping.hpp"

namespace minben::gateway {

/// Thread-safe; blocks, so it is for handlers on workers.
class Proving {
 public:
  static Result<std::unique_ptr<Proving>> open(const GatewayConfig& config, Journal& journal,
                                               const Directory& directory, const OwnKeys& keys,
                                               Stamping& stamping, Bodies& bodies,
                                               const CertificateArchive& certificates,
                                               const Clock& clock, Random& random);
  /// Whose bodies are put into a container, where they were kept; else their digests are there.
  struct WithBodies {
    bool request = false, response = false;
  };
  /// The newest exchange with this X-Road-Id in which the subsystem asked or was asked. Errors:
  /// not_found "unknown_exchange"; those of evidence_of_record and make_evidence.
  Result<std::string> container(std::string_view exchange_id, const SubsystemId& subsystem,
                                WithBodies with);
  /// GET /asic, as X-Road's message log has it (ug-ss §11): queryId, and the subsystem by
  /// xRoadInstance, memberClass, memberCode, subsystemCode; the secret of the subsystem in
  /// Minben-Token. Bodies that were kept are left out unless requestOnly, responseOnly or
  /// bodies=both ask for them.
  net::Response handle(net::Request& request);

 private:
  Proving(const GatewayConfig& config, Journal& journal, const Directory& directory,
          const OwnKeys& keys, Stamping& stamping, Bodies& bodies,
          const CertificateArchive& certificates, const Clock& clock,
          std::unique_ptr<MessageLog> messages);
  Result<void> add_body(Side side, std::string_view request_id, exchange::EvidenceMessage& message);
  Result<void> add_ledger(const ledger::Position& position, exchange::EvidenceParts& parts);
  Result<std::string> answer(const net::Request& request);
  Result<StoredMessage> find(std::string_view exchange_id, const SubsystemId& subsystem);

  const GatewayConfig& config_;
  Journal& journal_;
  const Directory& directory_;
  const OwnKeys& keys_;
  Stamping& stamping_;
  Bodies& bodies_;
  const CertificateArchive& certificates_;
  const Clock& clock_;
  std::mutex mutex_;  ///< of messages_
  const std::unique_ptr<MessageLog> messages_;
};

}  // namespace minben::gateway
