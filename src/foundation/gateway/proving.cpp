#include "proving.hpp"

#include <fmt/format.h>

#include "exchange/message.hpp"
#include "parts.hpp"

namespace minben::gateway {

namespace {
constexpr std::size_t most_of_one_id = 100;  ///< exchanges with one X-Road-Id that are looked at
}

Proving::Proving(const GatewayConfig& config, Journal& journal, Sealer sealer, const Clock& clock,
                 std::unique_ptr<MessageLog> messages,
                 std::unique_ptr<CertificateArchive> certificates)
    : config_(config),
      journal_(journal),
      sealer_(std::move(sealer)),
      clock_(clock),
      messages_(std::move(messages)),
      certificates_(std::move(certificates)) {}

Result<std::unique_ptr<Proving>> Proving::open(const GatewayConfig& config, Journal& journal,
                                               Sealer sealer, const Clock& clock, Random& random) {
  MINBEN_TRY(messages, MessageLog::open(config.state_directory, random));
  MINBEN_TRY(certificates, CertificateArchive::open(config.state_directory / "certificates"));
  return std::unique_ptr<Proving>(new Proving(config, journal, std::move(sealer), clock,
                                              std::move(messages), std::move(certificates)));
}

Result<StoredMessage> Proving::find(std::string_view exchange_id, const SubsystemId& subsystem) {
  const std::lock_guard lock(mutex_);
  MINBEN_TRY(messages, messages_->find(exchange_id, most_of_one_id));
  for (StoredMessage& message : messages) {
    MINBEN_TRY(record, read_record(message.text));
    const bool is_party = record.client == subsystem || record.service.provider == subsystem;
    if (record.exchange_id == exchange_id && is_party) return std::move(message);
  }
  return fail(Kind::not_found, "unknown_exchange", "no exchange of this subsystem with that id");
}

Result<std::string> Proving::container(std::string_view exchange_id, const SubsystemId& subsystem) {
  journal_.settle();
  MINBEN_TRY(message, find(exchange_id, subsystem));
  MINBEN_TRY(parts, evidence_of_record(message.text, *certificates_));
  MINBEN_TRY(log, journal_.logs().log(message.position.log));
  MINBEN_TRY(entry, log->entry(message.position.index));
  MINBEN_TRY(proof, log->proof(message.position.index));
  parts.ledger = EvidenceLedger{std::string(as_text(entry)), std::move(proof)};
  const Instant now = clock_.now();
  MINBEN_TRY(own, certificates_->find(sha256(sealer_.certificate().der), now));
  return make_evidence(parts, sealer_, own.root, now);
}

Result<std::string> Proving::answer(const net::Request& request) {
  const auto field = [&](std::string_view name) { return request.query.get(name); };
  MINBEN_TRY(subsystem, SubsystemId::parse(fmt::format("{}/{}/{}/{}", field("xRoadInstance"),
                                                       field("memberClass"), field("memberCode"),
                                                       field("subsystemCode"))));
  MINBEN_CHECK(check_token(config_, subsystem, request.headers.get("Minben-Token")));
  if (field("queryId").empty()) return fail(Kind::invalid, "missing", "", "queryId");
  return container(field("queryId"), subsystem);
}

net::Response Proving::handle(net::Request& request) {
  auto made = answer(request);
  if (!made) return problem(made.error());
  net::Response response =
      net::Response::bytes(std::move(*made), "application/vnd.etsi.asic-e+zip");
  response.headers.add("Content-Disposition", "attachment; filename=\"exchange.asice\"");
  response.headers.add("Cache-Control", "no-store");
  return response;
}

}  // namespace minben::gateway
