#include "evidence.hpp"

#include <algorithm>

#include "asic.hpp"
#include "evidence_parts.hpp"

namespace minben::exchange {

namespace {

/// A batch with its manifest and its sender's signature.
struct SignedBatch {
  BatchNames names;
  std::string batch;
  std::string signature;

  friend bool operator==(const SignedBatch& a, const SignedBatch& b) { return a.batch == b.batch; }
};

Result<SignedBatch> signed_batch(const EvidenceMessage& message) {
  MINBEN_CHECK(read_path(write_path(message.seal)));  // may come from a disk
  const Hash leaf = statement_leaf(message.statement);
  const std::string batch = batch_text(message.seal.size, batch_root(message.seal, leaf));
  MINBEN_TRY(cms, seal_to_cms(message.seal, leaf, message.signer.certificate));
  return SignedBatch{batch_names(batch), batch, std::string(as_text(cms))};
}

/// The root is left out where a text of certificates would become too long.
void add_signer(const SealCertificate& signer, const std::string& before,
                std::vector<ZipEntry>& parts) {
  const auto add = [&](std::string_view name, std::string content) {
    parts.push_back({before + std::string(name), std::move(content)});
  };
  std::string chain = signer.certificate.pem;
  for (const auto& issuer :
       std::span(signer.issuers).first(std::min(signer.issuers.size(), trust::max_chain)))
    chain += issuer.pem;
  add(certificates_part, std::move(chain));
  if (!signer.holder) return;
  if (signer.ocsp) add(ocsp_part, std::string(as_text(*signer.ocsp)));
  add(holder_part, signer.holder->holder);
  add(holder_path_part, signer.holder->path);
  add(holders_part, signer.holder->holders.statement);
  add(holders_signature_part, std::string(as_text(signer.holder->holders.signature)));
}

void add_message(Side side, const EvidenceMessage& message, std::vector<ZipEntry>& parts) {
  const auto add = [&](std::string_view what, std::string content) {
    parts.push_back({part_name(side, what), std::move(content)});
  };
  add("head", message.head);
  if (message.body && !message.body->empty()) {
    add("body", *message.body);
  } else if (!message.body && message.body_digest) {
    add("body.sha512", write_body_digest(side, *message.body_digest));
  }
  add("statement", message.statement);
  add("path", write_path(message.seal));
  add_signer(message.signer, part_name(side, ""), parts);
}

std::size_t size_of(const EvidenceMessage& message) {
  return message.head.size() + (message.body ? message.body->size() : 0);
}

Result<void> add_ledger(const EvidenceParts& parts, std::vector<ZipEntry>& entries) {
  if (!parts.ledger) {
    if (!parts.timestamp) return {};
    return fail(Kind::internal, "missing_part", "a timestamp is of the ledger", "ledger.entry");
  }
  entries.push_back({"ledger.entry", parts.ledger->entry});
  entries.push_back({"ledger.proof", ledger::write_tlog_proof(parts.ledger->proof)});
  if (parts.timestamp) {
    MINBEN_TRY(note, ledger::parse_note(parts.ledger->proof.checkpoint));
    entries.push_back({"ledger.checkpoint", note.text});
  }
  return {};
}

Result<void> add_timestamp(const EvidenceParts& parts, std::vector<ZipEntry>& entries) {
  if (!parts.timestamp) return {};
  MINBEN_TRY(manifest, timestamp_manifest(parts.ledger->proof.checkpoint));
  entries.push_back({std::string(timestamp_manifest_name), std::move(manifest)});
  entries.push_back({std::string(timestamp_name), std::string(as_text(*parts.timestamp))});
  return {};
}

std::string joined(std::span<const std::string> texts, std::string_view after = "") {
  std::string all;
  for (const std::string& text : texts) all.append(text).append(after);
  return all;
}

/// What whoever checks a container has to judge, by a policy and newer lists of their own.
constexpr std::string_view for_others[] = {"certificate_revoked", "revocation_unknown",
                                           "ocsp_stale"};

void believe(const SealCertificate& signer, EvidenceTrust& trust) {
  (signer.holder ? trust.outside_roots : trust.roots).push_back(signer.issuers.back().pem);
  if (signer.holder) trust.registry_keys.push_back(signer.holder->holders.signed_by);
}

/// Whoever made it must be able to stand by it.
Result<std::string> checked(std::string container, const EvidenceParts& parts,
                            const SealCertificate& maker) {
  EvidenceTrust own{.roots = {}};
  believe(maker, own);
  believe(parts.request.signer, own);
  if (parts.response) believe(parts.response->signer, own);
  MINBEN_TRY(report, verify_evidence(container, own));
  for (Error& fault : report.faults) {
    if (std::ranges::find(for_others, fault.code) != std::end(for_others)) continue;
    fault.kind = Kind::internal;
    return fail(std::move(fault));
  }
  return container;
}

}  // namespace

Result<std::string> timestamp_manifest(std::string_view checkpoint_note) {
  MINBEN_TRY(note, ledger::parse_note(checkpoint_note));
  return checkpoint_manifest(note.text);
}

Result<std::string> make_evidence(const EvidenceParts& parts, const Sealer& gateway,
                                  const SealCertificate& own, Instant at) {
  if (size_of(parts.request) + (parts.response ? size_of(*parts.response) : 0) > max_evidence)
    return fail(Kind::too_large, "too_large", "leave the bodies out: their digests are enough");
  std::vector<SignedBatch> batches;
  std::vector<ZipEntry> entries{{"mimetype", std::string(asic_type)}};
  for (const Side side : {Side::request, Side::response}) {
    if (side == Side::response && !parts.response) continue;
    const EvidenceMessage& message = side == Side::request ? parts.request : *parts.response;
    MINBEN_TRY(batch, signed_batch(message));
    if (std::ranges::find(batches, batch) == batches.end()) batches.push_back(std::move(batch));
    add_message(side, message, entries);
  }
  for (const SignedBatch& batch : batches) entries.push_back({batch.names.batch, batch.batch});
  entries.push_back({"record.json", parts.record});
  add_signer(own, "", entries);
  if (!parts.revocation_lists.empty())
    entries.push_back({std::string(revocation_name), joined(parts.revocation_lists)});
  if (!parts.handovers.empty())
    entries.push_back({std::string(handovers_name), joined(parts.handovers, "\n")});
  MINBEN_CHECK(add_ledger(parts, entries));
  for (const SignedBatch& batch : batches) {
    entries.push_back({batch.names.manifest, batch_manifest(batch.batch)});
    entries.push_back({batch.names.signature, batch.signature});
  }
  MINBEN_CHECK(add_timestamp(parts, entries));
  std::string manifest = container_manifest(entries);
  MINBEN_TRY(signature, gateway.sign(manifest, at));
  entries.push_back({std::string(container_manifest_name), std::move(manifest)});
  entries.push_back({std::string(container_signature_name), std::string(as_text(signature))});
  MINBEN_TRY(container, write_zip(entries));
  return checked(std::move(container), parts, own);
}

}  // namespace minben::exchange
