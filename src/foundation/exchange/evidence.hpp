#pragma once
// A container of evidence: one exchange, so that somebody who was not there can check it offline.
//
// It is an ASiC-E container with CAdES signatures (ETSI EN 319 162-1): a ZIP file, everything
// stored, with these parts in this order:
//
//   mimetype                        application/vnd.etsi.asic-e+zip
//   request.head                    as it was hashed (statement.hpp)
//   request.body                    when it was kept; else, if there was one:
//   request.body.sha512             its digest, a line of sha512sum
//   request.statement               what the sender sealed (statement.hpp)
//   request.path                    the statement's place in the sender's batch
//   request.certificates.pem        the sender's, and what it chains to, the root last
//   request.ocsp.der                of an outside authority's: its responder's answer, when known
//   request.holder, .holder.path, .holders, .holders.sig
//                                   of an outside authority's: whose it is by the registry, who
//                                   signed the statement in .holders (holders.hpp)
//   response.…                      the same, when there was a response ("200\r\n" begins the head)
//   batch-<id>.txt                  the batches (seal.hpp): two, or one when one gateway is both
//   record.json                     what the gateway that made the container recorded and decided
//   certificates.pem, ocsp.der, holder…  of that gateway
//   revocation.pem                  the lists of revoked certificates that it knew then, if any
//   registry.handovers              how the registry's key was changed, a statement a line
//                                   (handover.hpp), if it was
//   ledger.entry, ledger.proof      its ledger's entry about the exchange, and a C2SP tlog-proof
//   ledger.checkpoint               of a timestamp: the text of that proof's checkpoint
//   META-INF/ASiCManifest-<id>.xml, META-INF/signature-<id>.p7s
//                                   each batch's, the sender's signature
//   META-INF/ASiCManifest-timestamp.xml, META-INF/timestamp.tst
//                                   of ledger.checkpoint, an authority's token (RFC 3161)
//   META-INF/ASiCManifest-container.xml, META-INF/signature-container.p7s
//                                   of all parts above, by the gateway that made the container
//
// What a message said is proven as well when its body was not kept: head and digest are enough.
// Everything is checked by unzip, sha256sum and openssl, too (docs/evidence.md).
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/core.hpp"
#include "exchange/certificate_archive.hpp"
#include "exchange/exchange.hpp"
#include "exchange/seal.hpp"
#include "exchange/statement.hpp"
#include "ledger/policy.hpp"
#include "ledger/tlog.hpp"
#include "trust/timestamp.hpp"
#include "trust/trust.hpp"

namespace minben::exchange {

// --------------------------------------------------------------- what the gateway itself keeps

/// What a ledger holds of an exchange: digests only. The request's random id is under both of them
/// and nowhere beside them, so that nobody can try out what a request may have said.
struct LedgerEntry {
  Sha256 record{};            ///< of the gateway's record
  std::string request_hash;   ///< X-Road-Request-Hash
  std::string response_hash;  ///< "" = there was no response
  bool is_use = false;        ///< of a person's data

  friend bool operator==(const LedgerEntry&, const LedgerEntry&) = default;
};
/// RFC 8785 text: {"record_sha256" (hex), "request_hash", "response_hash", "type"}, the type being
/// "usage" or "exchange".
std::string write_ledger_entry(const LedgerEntry& entry);
/// Of exactly this spelling; error "not_an_exchange_entry".
Result<LedgerEntry> read_ledger_entry(std::string_view text);

/// What a gateway recorded of an exchange, as far as a container tells it: members of these names,
/// but "client" for the consumer, and "role": "asked" or "served". Times are microseconds since
/// 1970. The record may have more members; its text is what the ledger has the digest of.
struct EvidenceRecord {
  bool served = false;      ///< by an own register; else asked for an own information system
  std::string request_id;   ///< X-Road-Request-Id
  std::string exchange_id;  ///< X-Road-Id
  SubsystemId consumer;
  ServiceId service;
  std::string method;     ///< "GET"
  int status = 0;         ///< of the answer that left
  Instant received_at{};  ///< the request, at this gateway
  Instant answered_at{};  ///< 1970: no answer came
  std::string rule;       ///< id of the access rule; "" = not told
  std::string basis;      ///< "consent", "law", or "" where nothing was granted
  std::string legal_basis;
  std::string purpose;
  std::string consent;  ///< mydata's id
  std::string request_hash;
  std::string response_hash;  ///< "" = no response

  /// Whose gateway recorded it.
  [[nodiscard]] const std::string& member() const {
    return served ? service.provider.member : consumer.member;
  }
};
inline constexpr std::size_t max_evidence_record = 256u << 10;  ///< bytes
/// Errors: "too_large", "not_json", "missing", "wrong_type", and those of the values' parsers.
Result<EvidenceRecord> read_evidence_record(std::string_view text);

// --------------------------------------------------------------------------- making containers

/// A message as its sender or its receiver holds it.
struct EvidenceMessage {
  std::string head;
  std::optional<std::string> body{};    ///< when it was kept; an empty one is none
  std::optional<Sha512> body_digest{};  ///< when it was not; neither: a message without a body
  std::string statement;                ///< of the last piece: the whole message
  Seal seal;
  SealCertificate signer;  ///< the sender's, that the seal was made with
};

struct EvidenceLedger {
  std::string entry;  ///< as it is in the ledger
  ledger::TlogProof proof;
};

/// What an authority stamps of a ledger: the ASiC manifest that names the text of this checkpoint,
/// given as its signed note. A token over the manifest's SHA-256 serves all exchanges that are
/// proven against this checkpoint. Error "not_a_note".
Result<std::string> timestamp_manifest(std::string_view checkpoint_note);

struct EvidenceParts {
  std::string record;  ///< text: read_evidence_record
  EvidenceMessage request;
  std::optional<EvidenceMessage> response{};
  std::optional<EvidenceLedger> ledger{};
  /// Token (DER) over timestamp_manifest(ledger->proof.checkpoint); only with a ledger.
  std::optional<Bytes> timestamp{};
  /// PEM, one each (RFC 5280 §5): what is known of the certificates' revocation.
  std::vector<std::string> revocation_lists{};
  std::vector<std::string> handovers{};  ///< of the configuration, where holders need them
};

/// Everything that a gateway's own record has; bodies, ledger and timestamp are the caller's to
/// add. Beside what read_evidence_record() names, the record has of each message, after "request_"
/// or "response_": "head", "seal" (base64 of write_seal), "piece" (number of the last one) and
/// "body_sha512" (base64; "" = no body). A response is there when "response_seal" is not empty.
/// Errors: those of read_evidence_record, read_seal and the archive, and conflict
/// "nothing_to_prove": the request was refused before its end, so that its sender has not sealed
/// it.
Result<EvidenceParts> evidence_of_record(std::string_view record,
                                         const CertificateArchive& certificates);

inline constexpr std::size_t max_evidence = 64u << 20;  ///< bytes of a container

/// Signed at `at` by a gateway of the record's member, `own` being its certificate. What does not
/// hold together is not made: the first fault that verify_evidence would find is the
/// error, with kind internal; too_large "too_large".
Result<std::string> make_evidence(const EvidenceParts& parts, const Sealer& gateway,
                                  const SealCertificate& own, Instant at);

// ------------------------------------------------------------------------- checking containers

/// What is believed without proof.
struct EvidenceTrust {
  std::vector<std::string> roots;          ///< PEM, one each, of gateways' certificates
  std::vector<std::string> ledger_keys{};  ///< vkeys; none = the ledger's proof is not checked
  std::optional<ledger::Policy> policy{};  ///< which witnesses must have cosigned; none = nobody
  std::vector<std::string> timestamp_roots{};  ///< PEM, one each; none = timestamps are not checked
  /// PEM, one each, beside those in the container; of one root the one with the largest number
  /// counts.
  std::vector<std::string> revocation_lists{};
  /// PEM, one each, of outside authorities: under them a certificate's name tells no member, the
  /// registry does.
  std::vector<std::string> outside_roots{};
  /// Ed25519, the registry's; those that they were handed over from and to count as well.
  std::vector<trust::VerifyKey> registry_keys{};
  /// What counts when an outside authority has said nothing recent at the time of a signature.
  RevocationPolicy revocation{};
};

enum class BodyProof { none, digest, kept };

/// A message that was signed by its sender.
struct ProvenMessage {
  Statement statement;
  std::string head;
  BodyProof body = BodyProof::none;
  Instant sealed_at{};
  trust::CertificateInfo sender;  ///< .member: of an outside authority's, who holds it
};

struct ProvenLedger {
  ledger::Checkpoint checkpoint;
  std::uint64_t index = 0;
  std::optional<ledger::Verdict> witnesses{};  ///< with a policy
};

/// What was found. A part that has a fault is left empty; so are parts that rest on it.
struct EvidenceReport {
  std::optional<EvidenceRecord> record;  ///< as the gateway that made the container tells
  std::optional<ProvenMessage> request;
  bool has_response = false;
  std::optional<ProvenMessage> response;
  std::optional<trust::CertificateInfo> maker;
  Instant made_at{};
  bool has_ledger = false;
  std::optional<ProvenLedger> ledger;
  /// Of every signer something that an authority said of its revocation was found; a signer whose
  /// authority says nothing is believed if it is the registry's own, or the policy is soft.
  bool revocation_known = false;
  bool has_timestamp = false;
  std::optional<trust::Timestamp> timestamp;  ///< the ledger held the exchange then
  /// Each with a code of its own and the part in `field`:
  ///   "hash_mismatch" (head, body), "not_a_statement", "statement_mismatch", "not_a_path",
  ///   "root_mismatch" (path: the statement is not in the batch), "manifest_mismatch",
  ///   "not_a_signature", "other_content", "bad_signature", "other_certificate", "other_member",
  ///   "untrusted_certificate", "certificate_expired", "certificate_not_yet_valid",
  ///   "certificate_other_usage", "certificate_revoked" (before the signature's time, or later with
  ///   a stolen key and no timestamp from before), "revocation_list_expired",
  ///   "revocation_unreadable"; of outside authorities' certificates "holder_forged" (not signed by
  ///   the registry), "holder_other_certificate", "holder_out_of_time" (the configuration had not
  ///   been issued or had run out), "ocsp_stale" (the answer was too old for the signature, and no
  ///   list tells), "revocation_unknown" (there is neither), and those of read_holder_proof and
  ///   read_past_ocsp_response; "not_a_record", "record_mismatch", "entry_mismatch", "no_quorum",
  ///   "checkpoint_mismatch", "sealed_later" (than the timestamp by more than 5 minutes), and those
  ///   of read_ledger_entry, parse_tlog_proof, open_checkpoint, check_inclusion, judge and
  ///   trust::verify_timestamp.
  Errors faults;

  /// All that is in the container holds; of ledger and timestamp only when keys and roots for them
  /// were given.
  [[nodiscard]] bool proven() const { return faults.empty(); }
};

/// Offline, without a clock: certificates, which must be of seals, are judged at the times of the
/// signatures, and so is their revocation. Errors are of
/// the container as a whole: "too_large", "not_a_container", "packed_part", "duplicate_part",
/// "unknown_part", "missing_part", "misplaced_part" (another order), "untrusted_root" (one of
/// trust.roots is not an authority's certificate), "revocation_list_forged" (one of
/// trust.revocation_lists is of none of them, and there are no outside roots),
/// "not_a_revocation_list", "not_a_verifier_key".
Result<EvidenceReport> verify_evidence(std::string_view container, const EvidenceTrust& trust);

}  // namespace minben::exchange
