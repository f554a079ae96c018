#include "evidence.hpp"

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
  MINBEN_TRY(cms, seal_to_cms(message.seal, leaf, message.certificate));
  return SignedBatch{batch_names(batch), batch, std::string(as_text(cms))};
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
  add("certificates.pem", message.certificate.pem + message.root.pem);
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

std::string joined(std::span<const std::string> texts) {
  std::string all;
  for (const std::string& text : texts) all += text;
  return all;
}

/// Whoever made it must be able to stand by it.
Result<std::string> checked(std::string container, const EvidenceParts& parts,
                            const trust::Certificate& root) {
  EvidenceTrust own{.roots = {root.pem, parts.request.root.pem}};
  if (parts.response) own.roots.push_back(parts.response->root.pem);
  MINBEN_TRY(report, verify_evidence(container, own));
  for (Error& fault : report.faults) {
    // That is for whoever checks it to judge.
    if (fault.code == "certificate_revoked") continue;
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
                                  const trust::Certificate& root, Instant at) {
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
  entries.push_back({"certificates.pem", gateway.certificate().pem + root.pem});
  if (!parts.revocation_lists.empty())
    entries.push_back({std::string(revocation_name), joined(parts.revocation_lists)});
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
  return checked(std::move(container), parts, root);
}

}  // namespace minben::exchange
