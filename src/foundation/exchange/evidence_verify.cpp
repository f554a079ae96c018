// Checking a container: first its files, then each message, then what the gateway says of both.
#include <algorithm>
#include <map>
#include <set>

#include "asic.hpp"
#include "evidence.hpp"
#include "evidence_parts.hpp"
#include "evidence_signers.hpp"
#include "path.hpp"
#include "trust/cades.hpp"

namespace minben::exchange {

namespace {

constexpr auto clock_tolerance = minutes(5);

// --------------------------------------------------------------------------- the files as such

/// A part's place is fixed, so that a container has one spelling.
Result<void> check_layout(const std::vector<ZipEntry>& entries) {
  const auto expected = layout(entries);
  for (const ZipEntry& entry : entries)
    if (std::ranges::find(expected, entry.name) == expected.end())
      return fail(Kind::invalid, "unknown_part", "a container has no such part", entry.name);
  for (const std::string& name : expected)
    if (std::ranges::find(entries, name, &ZipEntry::name) == entries.end())
      return fail(Kind::invalid, "missing_part", "the container is not whole", name);
  for (std::size_t i = 0; i < entries.size(); ++i)
    if (i >= expected.size() || entries[i].name != expected[i])
      return fail(Kind::invalid, "misplaced_part", "not in the order of a container",
                  entries[i].name);
  return {};
}

/// Where file(1) and others look for it: the first file, stored, without extra fields.
bool begins_with_type(std::string_view container) {
  constexpr std::size_t name_at = 30;  // behind the local header
  const std::string expected = "mimetype" + std::string(asic_type);
  return container.starts_with("PK\x03\x04") && container.size() > name_at &&
         container.substr(name_at).starts_with(expected);
}

/// Reads "name:value" lines behind the first `skipped` ones of a head.
class Head {
 public:
  Head(std::string_view text, std::size_t skipped) {
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t end = std::min(text.find("\r\n", at), text.size());
      const std::string_view line = text.substr(at, end - at);
      if (first_.size() < skipped) {
        first_.push_back(line);
      } else if (const std::size_t colon = line.find(':'); colon != line.npos) {
        fields_.add(line.substr(0, colon), line.substr(colon + 1));
      }
      at = end + 2;
    }
    first_.resize(skipped);
  }
  [[nodiscard]] std::string_view first(std::size_t line) const { return first_[line]; }
  [[nodiscard]] std::string_view field(std::string_view name) const { return fields_.get(name); }

 private:
  std::vector<std::string_view> first_;
  net::Headers fields_;
};

bool names_service(std::string_view target, const ServiceId& service) {
  const auto path = read_service_path(target);
  return path && path->service == service;
}

// ------------------------------------------------------------------------------------ the check

class Check {
 public:
  Check(std::vector<ZipEntry> entries, const EvidenceTrust& trust,
        const std::vector<ledger::NoteVerifier>& keys)
      : entries_(std::move(entries)), trust_(trust), keys_(keys) {
    for (const ZipEntry& entry : entries_) parts_.emplace(entry.name, entry.content);
  }

  Result<EvidenceReport> run() {
    report_.has_response = has("response.head");
    report_.has_ledger = has("ledger.entry");
    report_.has_timestamp = has("ledger.checkpoint");
    MINBEN_TRY(signers, EvidenceSigners::make(
                            trust_, [this](std::string_view name) { return part_if_any(name); },
                            [this](const Error& error) { fault(error.field, error); }));
    signers_ = std::move(signers);
    read_record();
    report_.request = message(Side::request);
    if (report_.has_response) report_.response = message(Side::response);
    for (const ZipEntry& entry : entries_)
      if (entry.name.starts_with("batch-") && !used_.contains(entry.name))
        fault(entry.name, "root_mismatch", "no message of this container is in the batch");
    if (report_.record) compare_record(*report_.record);
    check_ledger();
    check_container();
    check_stolen();
    report_.revocation_known = revocation_known_;
    return std::move(report_);
  }

 private:
  [[nodiscard]] bool has(std::string_view name) const { return parts_.contains(name); }
  [[nodiscard]] std::string_view part(std::string_view name) const {
    return parts_.find(name)->second;
  }
  [[nodiscard]] std::optional<std::string_view> part_if_any(std::string_view name) const {
    return has(name) ? std::optional(part(name)) : std::nullopt;
  }
  void fault(std::string_view part, std::string_view code, std::string_view detail) {
    report_.faults.push_back(fail(Kind::invalid, code, detail, part).error());
  }
  void fault(std::string_view part, const Error& error) { fault(part, error.code, error.detail); }

  void read_record() {
    auto record = read_evidence_record(part("record.json"));
    if (!record) return fault("record.json", "not_a_record", describe(record.error()));
    report_.record = std::move(*record);
  }

  // One message, from what was said to who said it; nothing when a link is broken.

  std::optional<ProvenMessage> message(Side side) {
    ProvenMessage found;
    if (!read_message(side, found)) return std::nullopt;
    const auto batch = batch_of(side);
    if (!batch) return std::nullopt;
    const auto signature = signature_of(*batch);
    if (!signature) return std::nullopt;
    const auto sender = certified(part_name(side, ""), *signature);
    if (!sender) return std::nullopt;
    found.sealed_at = signature->at;
    found.sender = *sender;
    return found;
  }

  bool read_message(Side side, ProvenMessage& found) {
    const std::string name = part_name(side, "statement");
    const auto statement = read_statement(part(name));
    if (!statement) return fault(name, statement.error()), false;
    if (statement->side != side || !statement->last) {
      fault(name, "statement_mismatch", "of another message");
      return false;
    }
    const auto digest = body_digest(side, found.body);
    if (!digest) return false;
    found.head = part(part_name(side, "head"));
    if (message_hash(found.head, *digest) != statement->digest) {
      fault(part_name(side, "head"), "hash_mismatch",
            "head and body are not what the statement says");
      return false;
    }
    found.statement = *statement;
    return true;
  }

  /// Outer: nothing when it cannot be read. Inner: nothing when there is no body.
  std::optional<std::optional<Sha512>> body_digest(Side side, BodyProof& proof) {
    const std::string body = part_name(side, "body");
    const std::string digest = part_name(side, "body.sha512");
    proof = has(body) ? BodyProof::kept : has(digest) ? BodyProof::digest : BodyProof::none;
    if (proof == BodyProof::none) return std::optional<Sha512>();
    if (proof == BodyProof::kept) return sha512(part(body));
    const auto read = read_body_digest(side, part(digest));
    if (!read) {
      fault(digest, "hash_mismatch", "not a line of sha512sum");
      return std::nullopt;
    }
    return read;
  }

  /// The name's batch is the one that statement and path lead to.
  std::optional<BatchNames> batch_of(Side side) {
    const std::string name = part_name(side, "path");
    const auto place = read_path(part(name));
    if (!place) return fault(name, place.error()), std::nullopt;
    const Hash leaf = statement_leaf(part(part_name(side, "statement")));
    const std::string batch = batch_text(place->size, batch_root(*place, leaf));
    const BatchNames names = batch_names(batch);
    if (!has(names.batch) || part(names.batch) != batch) {
      fault(name, "root_mismatch", "statement and path do not lead to a batch of the container");
      return std::nullopt;
    }
    used_.emplace(names.batch);
    return names;
  }

  std::optional<trust::CadesSignature> signature_of(const BatchNames& names) {
    if (part(names.manifest) != batch_manifest(part(names.batch))) {
      fault(names.manifest, "manifest_mismatch", "does not name the batch");
      return std::nullopt;
    }
    const auto signature =
        trust::verify_cades(as_bytes(part(names.signature)), as_bytes(part(names.manifest)));
    if (!signature) return fault(names.signature, signature.error()), std::nullopt;
    return *signature;
  }

  /// The signer, when a root vouches for its certificate.
  std::optional<trust::CertificateInfo> certified(const std::string& before,
                                                  const trust::CadesSignature& signature) {
    auto found = signers_->check(before, signature);
    if (!found) return fault(found.error().field, found.error()), std::nullopt;
    revocation_known_ &= found->revocation_known;
    if (found->revoked_later)
      revoked_later_.emplace(before + std::string(certificates_part), *found->revoked_later);
    return std::move(found->certificate);
  }

  /// Whoever has a stolen key can write any time into a signature: then only what was stamped
  /// before the theft was told of counts.
  void check_stolen() {
    for (const auto& [name, revoked] : revoked_later_) {
      if (revoked.reason != trust::RevocationReason::key_compromise) continue;
      const bool from_before =
          report_.ledger && report_.timestamp && report_.timestamp->at < revoked.at;
      if (from_before && name != "certificates.pem") continue;
      fault(name, "certificate_revoked",
            "the key was stolen, and no timestamp shows that the signature is from before");
    }
  }

  // What the gateway tells, against what the messages say.

  void compare_record(const EvidenceRecord& record) {
    if (report_.request) compare_request(record, *report_.request);
    if (report_.response) compare_response(record, *report_.response);
    if (!report_.has_response && !record.response_hash.empty())
      differs("tells of a response, and there is none");
  }

  void differs(std::string_view what) { fault("record.json", "record_mismatch", what); }

  void compare_request(const EvidenceRecord& record, const ProvenMessage& request) {
    const Head head(request.head, 2);
    if (request.statement.request_id != record.request_id ||
        head.field("X-Road-Request-Id") != record.request_id)
      differs("request_id is not the request's");
    if (base64_encode(request.statement.digest) != record.request_hash)
      differs("request_hash is not the request's");
    if (head.first(0) != record.method) differs("method is not the request's");
    if (!names_service(head.first(1), record.service)) differs("service is not the request's");
    if (head.field("X-Road-Client") != to_string(record.consumer))
      differs("client is not the request's");
    check_member(Side::request, request, record.consumer.member);
  }

  void compare_response(const EvidenceRecord& record, const ProvenMessage& response) {
    if (response.statement.request_id != record.request_id ||
        response.statement.request_hash != record.request_hash)
      fault("response.statement", "statement_mismatch", "does not answer this request");
    if (base64_encode(response.statement.digest) != record.response_hash)
      differs("response_hash is not the response's");
    if (Head(response.head, 1).first(0) != std::to_string(record.status))
      differs("status is not the response's");
    check_member(Side::response, response, record.service.provider.member);
  }

  void check_member(Side side, const ProvenMessage& message, std::string_view member) {
    if (message.sender.member != member)
      fault(part_name(side, "certificates.pem"), "other_member",
            "the sender's certificate is of member '" + message.sender.member + "', not of '" +
                std::string(member) + "'");
  }

  // The ledger.

  void check_ledger() {
    if (!report_.has_ledger) return;
    const auto entry = read_ledger_entry(part("ledger.entry"));
    if (!entry) return fault("ledger.entry", entry.error());
    if (entry->record != sha256(part("record.json")))
      return fault("ledger.entry", "entry_mismatch", "is of another record");
    const auto& record = report_.record;
    if (record && (entry->request_hash != record->request_hash ||
                   entry->response_hash != record->response_hash))
      return fault("ledger.entry", "entry_mismatch", "is of another exchange");
    const auto proof = ledger::parse_tlog_proof(part("ledger.proof"));
    if (!proof) return fault("ledger.proof", proof.error());
    if (!keys_.empty()) check_proof(*proof);
    if (report_.has_timestamp) check_timestamp(*proof);
  }

  void check_timestamp(const ledger::TlogProof& proof) {
    const auto note = ledger::parse_note(proof.checkpoint);
    if (!note || note->text != part("ledger.checkpoint"))
      return fault("ledger.checkpoint", "checkpoint_mismatch",
                   "is not the checkpoint of the proof");
    const std::string manifest = checkpoint_manifest(note->text);
    if (part(timestamp_manifest_name) != manifest)
      return fault(timestamp_manifest_name, "manifest_mismatch", "does not name ledger.checkpoint");
    if (trust_.timestamp_roots.empty()) return;
    const auto stamp = trust::verify_timestamp(as_bytes(part(timestamp_name)), sha256(manifest),
                                               trust_.timestamp_roots);
    if (!stamp) return fault(timestamp_name, stamp.error());
    for (const auto& message : {report_.request, report_.response})
      if (message && message->sealed_at > stamp->at + clock_tolerance)
        return fault(timestamp_name, "sealed_later",
                     "a message says that it was sealed after the ledger held it");
    report_.timestamp = *stamp;
  }

  void check_proof(const ledger::TlogProof& proof) {
    const std::string_view origin =
        std::string_view(proof.checkpoint).substr(0, proof.checkpoint.find('\n'));
    const auto known = std::ranges::find(keys_, origin, &ledger::NoteVerifier::name);
    const auto checkpoint =
        ledger::open_checkpoint(proof.checkpoint, known == keys_.end() ? keys_.front() : *known);
    if (!checkpoint) return fault("ledger.proof", checkpoint.error());
    const auto included = ledger::check_inclusion(proof.index, checkpoint->size,
                                                  ledger::leaf_hash(as_bytes(part("ledger.entry"))),
                                                  proof.hashes, checkpoint->root);
    if (!included) return fault("ledger.proof", included.error());
    ProvenLedger found{*checkpoint, proof.index};
    if (trust_.policy) {
      const auto verdict = ledger::judge(*trust_.policy, proof.checkpoint);
      if (!verdict) return fault("ledger.proof", verdict.error());
      if (!verdict->quorum) fault("ledger.proof", "no_quorum", "too few witnesses have cosigned");
      found.witnesses = *verdict;
    }
    report_.ledger = std::move(found);
  }

  // The container as a whole.

  void check_container() {
    const std::string manifest = container_manifest(entries_);
    const std::string_view named = part(container_manifest_name);
    if (manifest != named) return fault_of_manifest(named);
    const auto signature =
        trust::verify_cades(as_bytes(part(container_signature_name)), as_bytes(manifest));
    if (!signature) return fault(container_signature_name, signature.error());
    const auto maker = certified("", *signature);
    if (!maker) return;
    report_.maker = *maker;
    report_.made_at = signature->at;
    if (report_.record && maker->member != report_.record->member())
      fault("certificates.pem", "other_member",
            "the container was made by '" + maker->member + "', the record by '" +
                report_.record->member() + "'");
  }

  /// Says which part is not as it was when the container was made.
  void fault_of_manifest(std::string_view manifest) {
    std::vector<std::string> changed;
    for (const ZipEntry& entry : entries_)
      if (!entry.name.starts_with("META-INF/") && entry.name != "mimetype" &&
          manifest.find(base64_encode(sha256(entry.content))) == manifest.npos)
        changed.push_back(entry.name);
    if (changed.empty()) changed.emplace_back(container_manifest_name);
    for (const std::string& name : changed)
      fault(name, "manifest_mismatch", "is not what the container's manifest names");
  }

  const std::vector<ZipEntry> entries_;
  std::map<std::string, std::string_view, std::less<>> parts_;
  const EvidenceTrust& trust_;
  std::optional<EvidenceSigners> signers_;
  bool revocation_known_ = true;
  const std::vector<ledger::NoteVerifier>& keys_;
  std::set<std::string> used_;                                        ///< batches
  std::map<std::string, trust::Revoked, std::less<>> revoked_later_;  ///< by the certificate's part
  EvidenceReport report_;
};

Result<std::vector<ZipEntry>> read_container(std::string_view container) {
  if (container.size() > max_evidence)
    return fail(Kind::too_large, "too_large", "larger than a container of evidence may be");
  if (!begins_with_type(container))
    return fail(Kind::invalid, "not_a_container", "not an ASiC-E container", "mimetype");
  MINBEN_TRY(entries, read_zip(container, max_parts));
  MINBEN_CHECK(check_layout(entries));
  return entries;
}

}  // namespace

Result<EvidenceReport> verify_evidence(std::string_view container, const EvidenceTrust& trust) {
  std::vector<ledger::NoteVerifier> keys;
  for (const std::string& vkey : trust.ledger_keys) {
    MINBEN_TRY(key, ledger::NoteVerifier::parse(vkey));
    keys.push_back(std::move(key));
  }
  MINBEN_TRY(entries, read_container(container));
  return Check(std::move(entries), trust, keys).run();
}

}  // namespace minben::exchange
