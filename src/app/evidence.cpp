// minben evidence verify: nothing but files.
#include <fmt/core.h>

#include "evidence_tools.hpp"
#include "exchange/evidence.hpp"
#include "files.hpp"
#include "ledger_tools.hpp"

namespace minben::app::command {

namespace {

std::vector<std::string> lines_in(std::string_view text) {
  std::vector<std::string> found;
  for (const std::string_view line : split(text, '\n'))
    if (const auto trimmed = trim(line); !trimmed.empty()) found.emplace_back(trimmed);
  return found;
}

Result<exchange::EvidenceTrust> trust_of(const VerifyEvidenceOptions& options) {
  exchange::EvidenceTrust trust;
  if (!options.roots.empty()) {
    MINBEN_TRY(pem, read_file(options.roots));
    trust.roots = pem_parts(pem, "CERTIFICATE");
  }
  if (!options.ledger_keys.empty()) {
    MINBEN_TRY(keys, read_file(options.ledger_keys));
    trust.ledger_keys = lines_in(keys);
  }
  if (!options.timestamp_roots.empty()) {
    MINBEN_TRY(pem, read_file(options.timestamp_roots));
    trust.timestamp_roots = pem_parts(pem, "CERTIFICATE");
  }
  if (!options.outside_roots.empty()) {
    MINBEN_TRY(pem, read_file(options.outside_roots));
    trust.outside_roots = pem_parts(pem, "CERTIFICATE");
  }
  if (!options.registry_keys.empty()) {
    MINBEN_TRY(pem, read_file(options.registry_keys));
    for (const std::string& part : pem_parts(pem, "PUBLIC KEY")) {
      MINBEN_TRY(key, trust::VerifyKey::from_pem(part));
      trust.registry_keys.push_back(std::move(key));
    }
  }
  if (!options.revocation_lists.empty()) {
    MINBEN_TRY(pem, read_file(options.revocation_lists));
    trust.revocation_lists = pem_parts(pem, "X509 CRL");
  }
  if (!options.policy.empty()) {
    MINBEN_TRY(policy, read_policy(options.policy));
    if (trust.ledger_keys.empty())  // then any log of the policy may hold it
      for (const ledger::Policy::Log& log : policy.logs)
        trust.ledger_keys.push_back(log.key.vkey());
    trust.policy = std::move(policy);
  }
  return trust;
}

Result<exchange::EvidenceReport> checked(const VerifyEvidenceOptions& options) {
  MINBEN_TRY(trust, trust_of(options));
  MINBEN_TRY(container, read_file(options.container));
  return exchange::verify_evidence(container, trust);
}

std::string_view body_of(const exchange::ProvenMessage& message) {
  switch (message.body) {
    case exchange::BodyProof::none:
      return "no body";
    case exchange::BodyProof::digest:
      return "the body by its SHA-512 digest, it was not kept";
    case exchange::BodyProof::kept:
      return "with its body";
  }
  return "";
}

/// "POST /r1/…", "200"
std::string first_line(const exchange::ProvenMessage& message) {
  const auto lines = split(message.head, '\n');
  std::string text(trim(lines[0]));
  if (message.statement.side == exchange::Side::request && lines.size() > 1)
    text += " " + std::string(trim(lines[1]));
  return text;
}

void print_message(std::string_view name, const std::optional<exchange::ProvenMessage>& message) {
  if (!message) {
    fmt::print("  {:<10} NOT PROVEN\n", name);
    return;
  }
  fmt::print("  {:<10} {}\n", name, first_line(*message));
  fmt::print("  {:<10} {}\n", "", body_of(*message));
  fmt::print("  {:<10} sealed by {} ({}) at {}\n", "", message->sender.member,
             message->sender.subject, to_string(message->sealed_at));
}

/// What is not proven was either found faulty or not looked at.
std::string_view unproven(const exchange::EvidenceReport& report, std::string_view parts,
                          std::string_view otherwise) {
  const bool faulty = std::ranges::any_of(
      report.faults, [&](const Error& fault) { return fault.field.contains(parts); });
  return faulty ? "NOT PROVEN" : otherwise;
}

void print_ledger(const exchange::EvidenceReport& report) {
  if (!report.has_ledger) {
    fmt::print("  {:<10} none in this container\n", "ledger");
  } else if (!report.ledger) {
    fmt::print("  {:<10} {}\n", "ledger",
               unproven(report, "ledger.", "not checked: say --ledger-keys or --policy"));
  } else {
    fmt::print("  {:<10} entry {} of {} in {}\n", "ledger", report.ledger->index + 1,
               report.ledger->checkpoint.size, report.ledger->checkpoint.origin);
    if (report.ledger->witnesses) print_witnesses(*report.ledger->witnesses);
  }
}

void print_timestamp(const exchange::EvidenceReport& report) {
  if (!report.has_timestamp) return;
  if (report.timestamp) {
    fmt::print("  {:<10} the ledger was so at {}, says {}\n", "timestamp",
               to_string(report.timestamp->at), report.timestamp->authority);
  } else {
    fmt::print("  {:<10} {}\n", "timestamp",
               unproven(report, "timestamp", "not checked: say --timestamp-roots"));
  }
}

/// What the gateway says it decided; its signature is all that stands for it.
void print_record(const exchange::EvidenceReport& report) {
  if (!report.maker || !report.record) {
    fmt::print("  {:<10} NOT PROVEN\n", "container");
    return;
  }
  const exchange::EvidenceRecord& record = *report.record;
  fmt::print("  {:<10} made by {} ({}) at {}, which says:\n", "container", report.maker->member,
             report.maker->subject, to_string(report.made_at));
  const auto say = [](std::string_view name, std::string_view value) {
    if (!value.empty()) fmt::print("    {:<12} {}\n", name, value);
  };
  say("consumer", to_string(record.consumer));
  say("service", to_string(record.service));
  say("purpose", record.purpose);
  say("rule", record.rule);
  say("law", record.legal_basis);
  say("consent", record.consent);
  say("received", to_string(record.received_at));
  if (record.answered_at != Instant()) say("answered", to_string(record.answered_at));
}

}  // namespace

int verify_evidence(const VerifyEvidenceOptions& options) {
  const auto report = checked(options);
  if (!report) {
    fmt::print(stderr, "NOT PROVEN  {}\n", describe(report.error()));
    return 1;
  }
  fmt::print("{}\n", report->proven() ? "PROVEN" : "NOT PROVEN");
  print_message("request", report->request);
  if (report->has_response) {
    print_message("response", report->response);
  } else {
    fmt::print("  {:<10} none\n", "response");
  }
  print_record(*report);
  print_ledger(*report);
  print_timestamp(*report);
  if (!report->revocation_known)
    fmt::print("  {:<10} not known of every certificate: no list or answer of its authority\n",
               "revocation");
  for (const Error& fault : report->faults)
    fmt::print(stderr, "  {:<10} {}\n", "fault", describe(fault));
  return report->proven() ? 0 : 1;
}

}  // namespace minben::app::command
