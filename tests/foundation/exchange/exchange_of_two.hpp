#pragma once
// One exchange between two agencies, sealed by both and in a ledger, for containers of evidence.
#include <memory>
#include <string>

#include "exchange/evidence.hpp"
#include "ledger/ledger.hpp"
#include "support/shared.hpp"

namespace minben::exchange::test {

/// A gateway with a certificate of this root.
struct SealingGateway {
  SealingGateway(const trust::Authority& root, std::string_view member, const Clock& clock);
  [[nodiscard]] SealCertificate certificate() const {
    return {.certificate = sealer.certificate(), .issuers = {root}};
  }
  trust::Certificate root;
  Sealer sealer;
};

/// A gateway's record as text.
std::string write_evidence_record(const EvidenceRecord& record);

/// nia asks ris for a residence; both gateways sealed among other messages.
class ExchangeOfTwo {
 public:
  explicit ExchangeOfTwo(const Clock& clock);

  /// Everything there is, bodies kept, from the provider's side.
  [[nodiscard]] EvidenceParts parts() const;
  /// The same, with the ledger's proof against its newest checkpoint.
  [[nodiscard]] EvidenceParts parts_with_ledger();
  [[nodiscard]] std::string container(const EvidenceParts& parts) const;
  [[nodiscard]] EvidenceTrust trust() const;

  /// Sealed as number `place` of `size` messages.
  [[nodiscard]] EvidenceMessage message(const SealingGateway& gateway, Statement statement,
                                        std::string head, std::string body, std::size_t place,
                                        std::size_t size) const;

  Instant at;
  trust::Authority root;
  SealingGateway consumer, provider;
  minben::test::TemporaryDirectory directory;
  std::unique_ptr<ledger::Log> log;
};

}  // namespace minben::exchange::test
