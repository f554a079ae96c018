// C2SP signed-note v1.0.0 and tlog-checkpoint v1.0.0.
#include "note_parts.hpp"

namespace minben::ledger {

namespace {

constexpr std::size_t max_note = 1'000'000;
constexpr std::size_t max_signatures = 100;
constexpr std::uint8_t ed25519_note_type = 1;
constexpr std::string_view signature_prefix = "— ";

std::unexpected<Error> not_a_note(std::string_view detail) {
  return fail(Kind::invalid, "not_a_note", detail);
}
std::unexpected<Error> not_a_checkpoint(std::string_view detail) {
  return fail(Kind::invalid, "not_a_checkpoint", detail);
}

Bytes typed(const trust::VerifyKey& key) {
  Bytes out{ed25519_note_type};
  const Bytes bytes = key.bytes();
  out.insert(out.end(), bytes.begin(), bytes.end());
  return out;
}

bool is_note_text(std::string_view text) {
  return is_utf8(text) && std::ranges::none_of(text, [](char c) {
           return static_cast<unsigned char>(c) < 0x20 && c != '\n';
         });
}

}  // namespace

bool is_key_name(std::string_view name) {
  static constexpr std::string_view spaces[] = {"\u0085", "\u00a0", "\u1680", "\u2000", "\u2001",
                                                "\u2002", "\u2003", "\u2004", "\u2005", "\u2006",
                                                "\u2007", "\u2008", "\u2009", "\u200a", "\u2028",
                                                "\u2029", "\u202f", "\u205f", "\u3000"};
  return !name.empty() && is_utf8(name) && std::ranges::none_of(name, [](char c) {
    return c == '+' || static_cast<unsigned char>(c) <= 0x20;
  }) && std::ranges::none_of(spaces, [&](std::string_view space) { return name.contains(space); });
}

std::uint32_t key_id_of(std::string_view name, Octets typed_key) {
  Sha256Stream stream;
  stream.add(as_bytes(name));
  stream.add(as_bytes("\n"));
  stream.add(typed_key);
  const Sha256 digest = stream.finish();
  return std::uint32_t{digest[0]} << 24 | std::uint32_t{digest[1]} << 16 |
         std::uint32_t{digest[2]} << 8 | digest[3];
}

Result<KeyText> parse_key_text(std::string_view vkey) {
  const auto bad = [](std::string_view detail) {
    return fail(Kind::invalid, "not_a_verifier_key", detail);
  };
  vkey = trim(vkey);
  const std::size_t first = vkey.find('+');
  const std::size_t second = first == std::string_view::npos ? first : vkey.find('+', first + 1);
  if (second == std::string_view::npos) return bad("expected name+id+key");
  const std::string_view name = vkey.substr(0, first);
  const std::string_view id = vkey.substr(first + 1, second - first - 1);
  auto bytes = base64_decode(vkey.substr(second + 1));
  if (!is_key_name(name) || !bytes || bytes->empty()) return bad("malformed name or key");
  const std::uint32_t expected = key_id_of(name, *bytes);
  if (id != fmt::format("{:08x}", expected)) return bad("the id does not belong to name and key");
  return KeyText{std::string(name), expected, std::move(*bytes)};
}

std::string write_key_text(const KeyText& key) {
  return fmt::format("{}+{:08x}+{}", key.name, key.id, base64_encode(key.typed));
}

Result<NoteSignature> parse_signature_line(std::string_view line) {
  if (!line.starts_with(signature_prefix))
    return not_a_note("a signature line begins with an em dash and a space");
  line.remove_prefix(signature_prefix.size());
  const std::size_t space = line.rfind(' ');
  if (space == std::string_view::npos)
    return not_a_note("a signature line has a name and a signature");
  const std::string_view name = line.substr(0, space);
  const auto bytes = base64_decode(line.substr(space + 1));
  if (!is_key_name(name) || !bytes || bytes->size() < 5)
    return not_a_note("malformed signature line");
  const auto& b = *bytes;
  const std::uint32_t id =
      std::uint32_t{b[0]} << 24 | std::uint32_t{b[1]} << 16 | std::uint32_t{b[2]} << 8 | b[3];
  return NoteSignature{std::string(name), id, Bytes(b.begin() + 4, b.end())};
}

std::string write_signature_line(const NoteSignature& signature) {
  const std::uint32_t id = signature.key_id;
  Bytes bytes{static_cast<std::uint8_t>(id >> 24), static_cast<std::uint8_t>(id >> 16),
              static_cast<std::uint8_t>(id >> 8), static_cast<std::uint8_t>(id)};
  bytes.insert(bytes.end(), signature.signature.begin(), signature.signature.end());
  return fmt::format("{}{} {}\n", signature_prefix, signature.name, base64_encode(bytes));
}

Result<Note> parse_note(std::string_view text) {
  if (text.size() > max_note) return not_a_note("larger than 1 MB");
  if (!is_note_text(text)) return not_a_note("not UTF-8, or control characters in it");
  const std::size_t blank = text.rfind("\n\n");
  if (blank == std::string_view::npos) return not_a_note("no blank line before the signatures");
  Note note{std::string(text.substr(0, blank + 1)), {}};
  std::string_view rest = text.substr(blank + 2);
  if (rest.empty() || rest.back() != '\n') return not_a_note("it does not end in a signature line");
  while (!rest.empty()) {
    const std::size_t end = rest.find('\n');
    if (note.signatures.size() == max_signatures) return not_a_note("more than 100 signatures");
    MINBEN_TRY(signature, parse_signature_line(rest.substr(0, end)));
    note.signatures.push_back(std::move(signature));
    rest.remove_prefix(end + 1);
  }
  return note;
}

std::string write_note(const Note& note) {
  std::string out = note.text + "\n";
  for (const NoteSignature& signature : note.signatures) out += write_signature_line(signature);
  return out;
}

// -------------------------------------------------------------------------------------- keys

Result<NoteVerifier> NoteVerifier::make(std::string_view name, const trust::VerifyKey& key) {
  if (!is_key_name(name)) return fail(Kind::invalid, "bad_key_name", "no white space, no '+'");
  if (key.type() != trust::KeyType::ed25519)
    return fail(Kind::invalid, "wrong_key_type", "notes are signed by Ed25519");
  return NoteVerifier(std::string(name), key_id_of(name, typed(key)), key);
}

Result<NoteVerifier> NoteVerifier::parse(std::string_view vkey) {
  MINBEN_TRY(text, parse_key_text(vkey));
  if (text.typed.front() != ed25519_note_type) {
    return fail(Kind::invalid, "not_a_verifier_key", "only keys of type 1 (Ed25519) are known");
  }
  MINBEN_TRY(key,
             trust::VerifyKey::from_bytes(trust::KeyType::ed25519, Octets(text.typed).subspan(1)));
  return make(text.name, key);
}

std::string NoteVerifier::vkey() const { return write_key_text({name_, key_id_, typed(key_)}); }

bool NoteVerifier::verify(std::string_view text, Octets signature) const {
  return key_.verify(as_bytes(text), signature);
}

Result<NoteSigner> NoteSigner::make(std::string_view name, trust::SigningKey key) {
  MINBEN_TRY(verifier, NoteVerifier::make(name, key.verify_key()));
  return NoteSigner(std::move(verifier), std::move(key));
}

NoteSignature NoteSigner::sign(std::string_view text) const {
  return {verifier_.name(), verifier_.key_id(), key_.sign(as_bytes(text))};
}

Result<Note> open_note(std::string_view text, std::span<const NoteVerifier> keys) {
  MINBEN_TRY(note, parse_note(text));
  bool signed_by_known = false;
  for (const NoteSignature& signature : note.signatures) {
    const auto key = std::ranges::find_if(keys, [&](const NoteVerifier& k) {
      return k.name() == signature.name && k.key_id() == signature.key_id;
    });
    if (key == keys.end() || repeats(note, signature)) continue;
    if (!key->verify(note.text, signature.signature)) {
      return fail(Kind::invalid, "bad_signature", "the signature of a known key does not hold");
    }
    signed_by_known = true;
  }
  if (!signed_by_known)
    return fail(Kind::invalid, "unsigned_note", "no signature by the expected key");
  return note;
}

// ------------------------------------------------------------------------------- checkpoints

std::string write_checkpoint(const Checkpoint& checkpoint) {
  std::string text = fmt::format("{}\n{}\n{}\n", checkpoint.origin, checkpoint.size,
                                 base64_encode(checkpoint.root));
  for (const std::string& line : checkpoint.extensions) text += line + "\n";
  return text;
}

Result<Checkpoint> parse_checkpoint(std::string_view text) {
  if (text.empty() || text.back() != '\n') return not_a_checkpoint("it does not end in a newline");
  text.remove_suffix(1);
  const auto lines = split(text, '\n');
  if (lines.size() < 3) return not_a_checkpoint("expected origin, size and root");
  if (std::ranges::any_of(lines, &std::string_view::empty))
    return not_a_checkpoint("an empty line");
  Checkpoint out;
  out.origin = lines[0];
  const auto size = parse_integer(lines[1], 0);
  if (!size || std::to_string(*size) != lines[1])
    return not_a_checkpoint("the size is not a plain decimal number");
  out.size = static_cast<std::uint64_t>(*size);
  const auto root = base64_decode(lines[2]);
  if (!root || root->size() != out.root.size())
    return not_a_checkpoint("the root is not 32 bytes in base64");
  std::ranges::copy(*root, out.root.begin());
  out.extensions.assign(lines.begin() + 3, lines.end());
  return out;
}

Result<Checkpoint> open_checkpoint(std::string_view text, const NoteVerifier& key) {
  MINBEN_TRY(note, open_note(text, std::span(&key, 1)));
  MINBEN_TRY(checkpoint, parse_checkpoint(note.text));
  if (checkpoint.origin != key.name()) {
    return fail(Kind::invalid, "wrong_origin", "the checkpoint is of another log than the key");
  }
  return checkpoint;
}

}  // namespace minben::ledger
