#include "ledger/cosignature.hpp"

#include "note_parts.hpp"

namespace minben::ledger {

namespace {

constexpr std::size_t time_bytes = 8;
constexpr std::size_t max_lines = 100;

Bytes typed(const trust::VerifyKey& key) {
  Bytes out{cosignature_key_type};
  const Bytes bytes = key.bytes();
  out.insert(out.end(), bytes.begin(), bytes.end());
  return out;
}

/// tlog-cosignature §Ed25519 signed message.
std::string message(std::string_view text, std::uint64_t time) {
  return fmt::format("cosignature/v1\ntime {}\n{}", time, text);
}

}  // namespace

Result<CosignatureVerifier> CosignatureVerifier::make(std::string_view name,
                                                      const trust::VerifyKey& key) {
  if (!is_key_name(name)) return fail(Kind::invalid, "bad_key_name", "no white space, no '+'");
  if (key.type() != trust::KeyType::ed25519)
    return fail(Kind::invalid, "wrong_key_type", "cosignatures are made with Ed25519");
  return CosignatureVerifier(std::string(name), key_id_of(name, typed(key)), key);
}

Result<CosignatureVerifier> CosignatureVerifier::parse(std::string_view vkey) {
  MINBEN_TRY(text, parse_key_text(vkey));
  if (text.typed.front() != cosignature_key_type)
    return fail(Kind::invalid, "not_a_verifier_key",
                "a witness that is understood here has a key of type 4 (Ed25519 cosignature)");
  MINBEN_TRY(key,
             trust::VerifyKey::from_bytes(trust::KeyType::ed25519, Octets(text.typed).subspan(1)));
  return make(text.name, key);
}

std::string CosignatureVerifier::vkey() const {
  return write_key_text({name_, key_id_, typed(key_)});
}

std::optional<std::chrono::sys_seconds> CosignatureVerifier::verify(std::string_view text,
                                                                    Octets signature) const {
  if (signature.size() < time_bytes) return std::nullopt;
  std::uint64_t time = 0;
  for (const std::uint8_t byte : signature.first(time_bytes)) time = time << 8 | byte;
  if (time == 0 || time > static_cast<std::uint64_t>(INT64_MAX)) return std::nullopt;
  if (!key_.verify(as_bytes(message(text, time)), signature.subspan(time_bytes)))
    return std::nullopt;
  return std::chrono::sys_seconds(seconds(static_cast<std::int64_t>(time)));
}

Result<Cosigner> Cosigner::make(std::string_view name, trust::SigningKey key) {
  MINBEN_TRY(verifier, CosignatureVerifier::make(name, key.verify_key()));
  return Cosigner(std::move(verifier), std::move(key));
}

NoteSignature Cosigner::sign(std::string_view text, Instant now) const {
  const auto since = std::chrono::floor<seconds>(now).time_since_epoch().count();
  MINBEN_ASSERT(since > 0);
  const auto time = static_cast<std::uint64_t>(since);
  Bytes stamped;
  for (int shift = 56; shift >= 0; shift -= 8)
    stamped.push_back(static_cast<std::uint8_t>(time >> shift));
  const Bytes signature = key_.sign(as_bytes(message(text, time)));
  stamped.insert(stamped.end(), signature.begin(), signature.end());
  return {verifier_.name(), verifier_.key_id(), std::move(stamped)};
}

Result<std::vector<NoteSignature>> parse_signature_lines(std::string_view text) {
  if (text.empty() || text.back() != '\n' || !is_utf8(text))
    return fail(Kind::invalid, "not_a_note", "expected signature lines");
  text.remove_suffix(1);
  const auto lines = split(text, '\n');
  if (lines.size() > max_lines)
    return fail(Kind::invalid, "not_a_note", "more than 100 signature lines");
  std::vector<NoteSignature> out;
  for (const std::string_view line : lines) {
    MINBEN_TRY(signature, parse_signature_line(line));
    out.push_back(std::move(signature));
  }
  return out;
}

std::string write_signature_lines(std::span<const NoteSignature> signatures) {
  std::string out;
  for (const NoteSignature& signature : signatures) out += write_signature_line(signature);
  return out;
}

void put_signature(Note& note, NoteSignature signature) {
  const auto older = std::ranges::find_if(note.signatures, [&](const NoteSignature& line) {
    return line.name == signature.name && line.key_id == signature.key_id;
  });
  if (older != note.signatures.end()) *older = std::move(signature);
  else note.signatures.push_back(std::move(signature));
}

Instant to_instant(std::chrono::sys_seconds time) {
  constexpr std::chrono::sys_seconds last(seconds(253'402'300'799));  // 9999-12-31T23:59:59Z
  return std::chrono::time_point_cast<microseconds>(std::min(time, last));
}

}  // namespace minben::ledger
