#include "proving.hpp"

#include <fmt/format.h>

#include "exchange/message.hpp"
#include "parts.hpp"

namespace minben::gateway {

namespace {
constexpr std::size_t most_of_one_id = 100;  ///< exchanges with one X-Road-Id that are looked at

/// An older one would tell nothing of the container's own signature.
std::vector<std::string> lists_in_force(const Configuration& configuration, Instant now) {
  std::vector<std::string> lists = configuration.revocation_lists;
  std::erase_if(lists, [&](const std::string& pem) {
    const auto list = trust::read_revocation_list(pem);
    return !list || now >= list->next_update;
  });
  return lists;
}

/// What outside authorities' lists say, once each.
void add_outside(const SealCertificate& signer, EvidenceParts& parts) {
  for (const std::string& list : signer.lists)
    if (std::ranges::find(parts.revocation_lists, list) == parts.revocation_lists.end())
      parts.revocation_lists.push_back(list);
}

}  // namespace

Proving::Proving(const GatewayConfig& config, Journal& journal, const Directory& directory,
                 const OwnKeys& keys, Stamping& stamping, Bodies& bodies,
                 const CertificateArchive& certificates, const Clock& clock,
                 std::unique_ptr<MessageLog> messages)
    : config_(config),
      journal_(journal),
      directory_(directory),
      keys_(keys),
      stamping_(stamping),
      bodies_(bodies),
      certificates_(certificates),
      clock_(clock),
      messages_(std::move(messages)) {}

Result<std::unique_ptr<Proving>> Proving::open(const GatewayConfig& config, Journal& journal,
                                               const Directory& directory, const OwnKeys& keys,
                                               Stamping& stamping, Bodies& bodies,
                                               const CertificateArchive& certificates,
                                               const Clock& clock, Random& random) {
  MINBEN_TRY(messages, MessageLog::open(config.state_directory, random));
  return std::unique_ptr<Proving>(new Proving(config, journal, directory, keys, stamping, bodies,
                                              certificates, clock, std::move(messages)));
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

/// Against the checkpoint that a timestamp is of, where there is one, else the newest.
Result<void> Proving::add_ledger(const ledger::Position& position, EvidenceParts& parts) {
  MINBEN_TRY(log, journal_.logs().log(position.log));
  MINBEN_TRY(entry, log->entry(position.index));
  parts.ledger = EvidenceLedger{std::string(as_text(entry)), {}};
  MINBEN_TRY(stamp, stamping_.find(position));
  if (stamp) {
    MINBEN_TRY(hashes, log->inclusion(position.index, stamp->size));
    parts.ledger->proof = {{}, position.index, std::move(hashes), std::move(stamp->checkpoint)};
    parts.timestamp = std::move(stamp->token);
  } else {
    MINBEN_TRY(proof, log->proof(position.index));
    parts.ledger->proof = std::move(proof);
  }
  return {};
}

Result<void> Proving::add_body(Side side, std::string_view request_id, EvidenceMessage& message) {
  if (!message.body_digest) return {};  // it had none
  MINBEN_TRY(body, bodies_.find(request_id, side));
  if (!body) return {};
  message.body = std::move(*body);
  message.body_digest.reset();
  return {};
}

Result<std::string> Proving::container(std::string_view exchange_id, const SubsystemId& subsystem,
                                       WithBodies with) {
  journal_.settle();
  MINBEN_TRY(message, find(exchange_id, subsystem));
  MINBEN_TRY(parts, evidence_of_record(message.text, certificates_));
  MINBEN_TRY(record, read_evidence_record(message.text));
  if (with.request) MINBEN_CHECK(add_body(Side::request, record.request_id, parts.request));
  if (with.response && parts.response)
    MINBEN_CHECK(add_body(Side::response, record.request_id, *parts.response));
  MINBEN_CHECK(add_ledger(message.position, parts));
  const Instant now = clock_.now();
  const auto view = directory_.view();
  parts.revocation_lists = lists_in_force(view->configuration, now);
  const Sealer sealer = keys_.sealer();
  MINBEN_TRY(own, certificates_.find(sha256(sealer.certificate().der), now));
  add_outside(own, parts);
  add_outside(parts.request.signer, parts);
  if (parts.response) add_outside(parts.response->signer, parts);
  if (own.holder || parts.request.signer.holder ||
      (parts.response && parts.response->signer.holder))
    parts.handovers = view->configuration.handovers;
  return make_evidence(parts, sealer, own, now);
}

Result<std::string> Proving::answer(const net::Request& request) {
  const auto field = [&](std::string_view name) { return request.query.get(name); };
  MINBEN_TRY(subsystem, SubsystemId::parse(fmt::format("{}/{}/{}/{}", field("xRoadInstance"),
                                                       field("memberClass"), field("memberCode"),
                                                       field("subsystemCode"))));
  MINBEN_CHECK(check_token(config_, subsystem, request.headers.get("Minben-Token")));
  if (field("queryId").empty()) return fail(Kind::invalid, "missing", "", "queryId");
  const bool both = field("bodies") == "both";
  return container(
      field("queryId"), subsystem,
      {both || request.query.has("requestOnly"), both || request.query.has("responseOnly")});
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
