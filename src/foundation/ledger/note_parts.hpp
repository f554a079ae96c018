#pragma once
// What notes, cosignatures and policies share of the signed-note format.
#include "ledger/tlog.hpp"

namespace minben::ledger {

/// Not empty, no '+', no Unicode white space (the property White_Space), no control characters.
bool is_key_name(std::string_view name);

/// SHA-256(name ‖ 0A ‖ type ‖ key)[:4] (signed-note §Signatures).
std::uint32_t key_id_of(std::string_view name, Octets typed_key);

/// A verifier key before anybody asks what its type means.
struct KeyText {
  std::string name;
  std::uint32_t id = 0;
  Bytes typed;  ///< type ‖ key; not empty
};
/// Surrounding white space is ignored; the id must fit. Error "not_a_verifier_key".
Result<KeyText> parse_key_text(std::string_view vkey);
std::string write_key_text(const KeyText& key);

/// One line without its newline; error "not_a_note".
Result<NoteSignature> parse_signature_line(std::string_view line);
std::string write_signature_line(const NoteSignature& signature);  ///< with its newline

/// The same line stands above: looked at once, however often somebody repeats it.
inline bool repeats(const Note& note, const NoteSignature& line) {
  for (const NoteSignature& above : note.signatures) {
    if (&above == &line) return false;
    if (above.key_id == line.key_id && above.name == line.name && above.signature == line.signature)
      return true;
  }
  return false;
}

}  // namespace minben::ledger
