#pragma once
// The seal of a message between gateways: one CAdES signature for many messages.
//
// A gateway that has several messages to send at one moment signs them together. Each message is a
// leaf of a Merkle tree (RFC 6962 §2.1), the leaf's entry being its statement, a text:
//
//   minben-message/1
//   request | response
//   <X-Road-Request-Id>
//   <number of the piece, from 0> more | last
//   <base64 SHA-512: hash of the message (statement.hpp) up to the end of this piece>
//   <the request's hash>                                            (of responses only)
//
// The tree is told in a batch, a text as well:
//
//   minben-batch/1
//   <number of messages>
//   <base64 of the root>
//
// and what is signed is the ASiC manifest (ETSI EN 319 162-1 §A.4) that names the batch with its
// SHA-256 digest: a CAdES-BES signature (trust/cades.hpp) by ECDSA P-256 with SHA-256. A container
// holds the batches of a request and of its response, each with a signature, so that their files
// have names made from the batch, as batch_names() says. Of all this
// only the time, the place in the tree and the bare signature travel; the rest follows from the
// message and the sender's certificate, so that whoever received a message can make the whole
// container of evidence (evidence.hpp) at any time later.
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/core.hpp"
#include "ledger/tlog.hpp"
#include "trust/trust.hpp"

namespace minben::exchange {

using ledger::Hash;

/// A place in a batch, and the batch's signature.
struct Seal {
  Instant at{};  ///< signing-time, whole seconds, 1970 to 9999
  std::uint32_t index = 0;
  std::uint32_t size = 1;                      ///< messages of the batch, at most max_batch
  std::vector<Hash> path;                      ///< inclusion proof, RFC 6962 §2.1.1
  std::array<std::uint8_t, 64> signature{};    ///< r ‖ s
  std::array<std::uint8_t, 32> certificate{};  ///< SHA-256 of the signer's certificate (DER)

  friend bool operator==(const Seal&, const Seal&) = default;
};

inline constexpr std::uint32_t max_batch = 1024;
inline constexpr std::size_t max_seal_bytes = 8 + 4 + 4 + 10 * 32 + 64 + 32;

/// at (seconds since 1970, 8 bytes), index (4), size (4), signature (64), certificate (32), path;
/// big-endian. Appends to `out`.
void write_seal(const Seal& seal, std::string& out);
/// Of exactly these bytes; "not_a_seal" also when the path has another length than its place asks
/// for.
Result<Seal> read_seal(std::string_view bytes);

/// The batch as text, and the manifest that is signed.
std::string batch_text(std::uint32_t size, const Hash& root);
std::string batch_manifest(std::string_view batch);

/// How a batch, its manifest and its signature are called in a container: "batch-<id>.txt",
/// "META-INF/ASiCManifest-<id>.xml", "META-INF/signature-<id>.p7s", where id are the first 16 hex
/// digits of the batch's SHA-256.
struct BatchNames {
  std::string batch;
  std::string manifest;
  std::string signature;
};
BatchNames batch_names(std::string_view batch);

/// Signs batches. Thread-safe.
class Sealer {
 public:
  /// P-256, and a certificate for that key: "wrong_key_type", "other_key".
  static Result<Sealer> make(trust::SigningKey key, trust::Certificate certificate);
  /// One signature for all, 1 to max_batch leaves (asserted): ledger::leaf_hash() of their
  /// statements. Seals in the order of the leaves. Errors: those of SigningKey::try_sign.
  [[nodiscard]] Result<std::vector<Seal>> seal(std::span<const Hash> leaves, Instant at) const;
  /// A CAdES signature of its own for one text (CMS SignedData, DER, detached): a container's.
  [[nodiscard]] Result<Bytes> sign(std::string_view content, Instant at) const;
  /// That the key can be used now: SigningKey::check.
  [[nodiscard]] Result<void> check() const;
  [[nodiscard]] const trust::Certificate& certificate() const;

 private:
  struct Parts;
  explicit Sealer(std::shared_ptr<const Parts> parts) : parts_(std::move(parts)) {}
  std::shared_ptr<const Parts> parts_;
};

/// Checks seals made with one certificate. Remembers the batches of the last moments, so that a
/// batch's signature is verified once however many of its messages come. Thread-safe.
class SealVerifier {
 public:
  /// P-256; whether the certificate is to be trusted is the caller's affair.
  static Result<SealVerifier> make(const trust::Certificate& certificate);
  /// The signature only; age and repetition are the caller's affair.
  [[nodiscard]] bool verify(const Seal& seal, const Hash& leaf) const;
  [[nodiscard]] const std::array<std::uint8_t, 32>& fingerprint() const;

 private:
  struct Parts;
  explicit SealVerifier(std::shared_ptr<Parts> parts) : parts_(std::move(parts)) {}
  std::shared_ptr<Parts> parts_;
};

/// The root that a leaf at the seal's place and its path make. The path has the length that
/// read_seal and Sealer give it (asserted).
Hash batch_root(const Seal& seal, const Hash& leaf);

/// The whole CAdES signature of a seal's batch as CMS SignedData (DER, detached, RFC 5652) over
/// batch_manifest(): what batch_names() calls the signature. Errors as SealVerifier::make, and
/// "other_certificate". The signature itself is not verified.
Result<Bytes> seal_to_cms(const Seal& seal, const Hash& leaf,
                          const trust::Certificate& certificate);

}  // namespace minben::exchange
