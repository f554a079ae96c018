#pragma once
// C2SP tlog-cosignature, type 04: an Ed25519 statement of a witness that it has verified a
// checkpoint, and when. Type 06 (ML-DSA-44) waits for a library that has it; its lines and keys are
// read as unknown ones and never count.
#include <chrono>

#include "ledger/tlog.hpp"

namespace minben::ledger {

inline constexpr std::uint8_t cosignature_key_type = 4;        ///< Ed25519
inline constexpr std::uint8_t mldsa_cosignature_key_type = 6;  ///< not verified here
inline constexpr std::size_t mldsa_cosignature_key_bytes = 1312;

/// `name+hex8+base64(04 ‖ key)`.
class CosignatureVerifier {
 public:
  static Result<CosignatureVerifier> parse(std::string_view vkey);  ///< "not_a_verifier_key"
  static Result<CosignatureVerifier> make(std::string_view name,
                                          const trust::VerifyKey& key);  ///< Ed25519
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] std::uint32_t key_id() const { return key_id_; }
  [[nodiscard]] const trust::VerifyKey& key() const { return key_; }
  [[nodiscard]] std::string vkey() const;
  [[nodiscard]] bool made(const NoteSignature& line) const {  ///< by name and key ID alone
    return line.name == name_ && line.key_id == key_id_;
  }
  /// When the cosignature over this note text was made; nothing when it does not hold. A time
  /// above 2^63 − 1 does not hold, nor does 0: a witness says when (tlog-witness §add-checkpoint).
  [[nodiscard]] std::optional<std::chrono::sys_seconds> verify(std::string_view text,
                                                               Octets signature) const;
  friend bool operator==(const CosignatureVerifier& a, const CosignatureVerifier& b) {
    return a.name_ == b.name_ && a.key_ == b.key_;
  }

 private:
  CosignatureVerifier(std::string name, std::uint32_t key_id, trust::VerifyKey key)
      : name_(std::move(name)), key_id_(key_id), key_(std::move(key)) {}
  std::string name_;
  std::uint32_t key_id_;
  trust::VerifyKey key_;
};

/// The message does not name the cosigner, so a key is of one cosigner only, and never also a log's
/// (tlog-cosignature §Ed25519 signed message).
class Cosigner {
 public:
  static Result<Cosigner> make(std::string_view name, trust::SigningKey key);  ///< Ed25519
  [[nodiscard]] const CosignatureVerifier& verifier() const { return verifier_; }
  /// Over a checkpoint's note text. `now` is after 1970 (asserted).
  [[nodiscard]] NoteSignature sign(std::string_view text, Instant now) const;

 private:
  Cosigner(CosignatureVerifier verifier, trust::SigningKey key)
      : verifier_(std::move(verifier)), key_(std::move(key)) {}
  CosignatureVerifier verifier_;
  trust::SigningKey key_;
};

/// Lines as a witness answers them: at least one, at most 100. Error "not_a_note".
Result<std::vector<NoteSignature>> parse_signature_lines(std::string_view text);
std::string write_signature_lines(std::span<const NoteSignature> signatures);

/// Adds the line, or puts it where the same key's older one was.
void put_signature(Note& note, NoteSignature signature);

/// For people: later times than 9999 show as its end.
Instant to_instant(std::chrono::sys_seconds time);

}  // namespace minben::ledger
