#include "exchange_of_two.hpp"

#include <fmt/format.h>

namespace minben::exchange::test {

namespace {

constexpr std::string_view id = "019ad2f0-7a5e-7c44-9b1e-2f7d0c5a1e10";

trust::CertificateRequest seal_names(std::string_view member) {
  trust::CertificateRequest names;
  names.common_name = names.member = member;
  names.for_server = names.for_client = false;
  names.for_seals = true;
  return names;
}

trust::SigningKey seal_key() { return trust::SigningKey::generate(trust::KeyType::p256); }

Sealer sealer_of(const trust::Authority& root, std::string_view member, const Clock& clock) {
  const auto key = seal_key();
  auto certificate = root.issue(key.verify_key(), seal_names(member), clock);
  return Sealer::make(key, certificate.value()).value();
}

}  // namespace

std::string write_evidence_record(const EvidenceRecord& record) {
  const auto ticks = [](Instant instant) { return instant.time_since_epoch().count(); };
  return write_json(JsonObject{{"role", record.served ? "served" : "asked"},
                               {"received_at", ticks(record.received_at)},
                               {"answered_at", ticks(record.answered_at)},
                               {"client", to_string(record.consumer)},
                               {"service", to_string(record.service)},
                               {"status", record.status},
                               {"request_id", record.request_id},
                               {"exchange_id", record.exchange_id},
                               {"method", record.method},
                               {"request_hash", record.request_hash},
                               {"response_hash", record.response_hash},
                               {"rule", record.rule},
                               {"basis", record.basis},
                               {"legal_basis", record.legal_basis},
                               {"purpose", record.purpose},
                               {"consent", record.consent},
                               {"user", "an officer"}});
}

SealingGateway::SealingGateway(const trust::Authority& authority, std::string_view member,
                               const Clock& clock)
    : root(authority.certificate()), sealer(sealer_of(authority, member, clock)) {}

ExchangeOfTwo::ExchangeOfTwo(const Clock& clock)
    : at(clock.now()),
      root(trust::Authority::create("Exchange root", 30, clock).value()),
      consumer(root, "nia", clock),
      provider(root, "ris", clock),
      log(ledger::Log::open(directory.path() / "ledger", "minben.example/ledger/ris",
                            trust::SigningKey::generate(trust::KeyType::ed25519))
              .value()) {}

EvidenceMessage ExchangeOfTwo::message(const SealingGateway& gateway, Statement statement,
                                       std::string head, std::string body, std::size_t place,
                                       std::size_t size) const {
  statement.request_id = id;
  statement.digest = message_hash(head, body.empty() ? std::nullopt : std::optional(sha512(body)));
  std::vector<Hash> leaves;
  for (std::size_t i = 0; i < size; ++i)
    leaves.push_back(statement_leaf(fmt::format("another message {}", i)));
  std::string text = write_statement(statement);
  leaves[place] = statement_leaf(text);
  EvidenceMessage made;
  made.head = std::move(head);
  if (!body.empty()) made.body = std::move(body);
  made.statement = std::move(text);
  made.seal = gateway.sealer.seal(leaves, at).value()[place];
  made.signer = gateway.certificate();
  return made;
}

EvidenceParts ExchangeOfTwo::parts() const {
  EvidenceParts made;
  made.request = message(consumer, {},
                         fmt::format("POST\r\n/r1/MINBEN/GOV/ris/register/residence/search?at=1\r\n"
                                     "X-Road-Client:MINBEN/GOV/nia/cards\r\n"
                                     "Minben-Purpose:gold-card\r\nx-road-request-id:{}\r\n",
                                     id),
                         R"({"key":"AC01234567"})", 4, 7);
  const std::string hash = base64_encode(read_statement(made.request.statement)->digest);
  Statement answer;
  answer.side = Side::response;
  answer.request_hash = hash;
  made.response = message(provider, answer,
                          fmt::format("200\r\ncontent-type:application/json\r\n"
                                      "x-road-request-hash:{}\r\n",
                                      hash),
                          R"({"name":"王小明","since":"2020-01-01"})", 0, 1);
  EvidenceRecord record;
  record.served = true;
  record.request_id = id;
  record.exchange_id = "exchange 1";
  record.consumer = *SubsystemId::parse("MINBEN/GOV/nia/cards");
  record.service = *ServiceId::parse("MINBEN/GOV/ris/register/residence");
  record.method = "POST";
  record.status = 200;
  record.received_at = at;
  record.answered_at = at + milliseconds(12);
  record.rule = "residence-for-cards";
  record.basis = "law";
  record.legal_basis = "入出國及移民法 §22";
  record.purpose = "gold-card";
  record.request_hash = hash;
  record.response_hash = base64_encode(read_statement(made.response->statement)->digest);
  made.record = write_evidence_record(record);
  return made;
}

EvidenceParts ExchangeOfTwo::parts_with_ledger() {
  EvidenceParts made = parts();
  const auto record = read_evidence_record(made.record).value();
  const std::string entry =
      write_ledger_entry({sha256(made.record), record.request_hash, record.response_hash, true});
  MINBEN_ASSERT(log->append(as_bytes("before")).has_value());
  const auto index = log->append(as_bytes(entry));
  MINBEN_ASSERT(index && log->append(as_bytes("after")));
  made.ledger = EvidenceLedger{entry, log->proof(*index).value()};
  return made;
}

std::string ExchangeOfTwo::container(const EvidenceParts& parts) const {
  auto made = make_evidence(parts, provider.sealer, provider.certificate(), at + seconds(5));
  if (!made) ADD_FAILURE() << describe(made.error());
  return made.value_or("");
}

EvidenceTrust ExchangeOfTwo::trust() const {
  return {.roots = {root.certificate().pem}, .ledger_keys = {log->vkey()}};
}

}  // namespace minben::exchange::test
