#include "ledger/seal.hpp"

#include "ledger/verify.hpp"

namespace minben::ledger {

namespace {

constexpr std::string_view seal_header = "minben-ledger-seal/1";
constexpr std::string_view predecessor_header = "minben-ledger-predecessor/1\n";

std::unexpected<Error> not_a_seal(std::string_view detail) {
  return fail(Kind::invalid, "not_a_seal", detail);
}
std::unexpected<Error> not_a_predecessor(std::string_view detail) {
  return fail(Kind::invalid, "not_a_predecessor", detail);
}

std::string seal_text(std::string_view origin, const Seal& seal) {
  return fmt::format("{}\n{}\n{}\n{}\n", seal_header, origin, seal.index, seal.successor.vkey());
}

Bytes bytes_of(std::string_view text) { return {text.begin(), text.end()}; }

}  // namespace

Bytes write_seal(const NoteSigner& log, const Seal& seal) {
  const std::string text = seal_text(log.verifier().name(), seal);
  return bytes_of(write_note({text, {log.sign(text)}}));
}

Result<Seal> parse_seal(Octets entry, const NoteVerifier& log, std::uint64_t index) {
  const std::string_view text = as_text(entry);
  if (!text.starts_with(seal_header)) return not_a_seal("another first line");
  const auto note = open_note(text, std::span(&log, 1));
  if (!note) return not_a_seal(note.error().code);
  const auto lines = split(note->text, '\n');
  if (lines.size() != 5) return not_a_seal("expected four lines");
  auto successor = NoteVerifier::parse(lines[3]);
  if (!successor) return not_a_seal("the successor's key");
  Seal seal{index, std::move(*successor)};
  if (seal_text(log.name(), seal) != note->text) return not_a_seal("of another log or place");
  return seal;
}

Bytes write_predecessor(const NoteVerifier& key, std::string_view note) {
  return bytes_of(fmt::format("{}{}\n\n{}", predecessor_header, key.vkey(), note));
}

Result<Predecessor> parse_predecessor(Octets entry) {
  std::string_view text = as_text(entry);
  if (!text.starts_with(predecessor_header)) return not_a_predecessor("another first line");
  text.remove_prefix(predecessor_header.size());
  const std::size_t blank = text.find("\n\n");
  if (blank == text.npos) return not_a_predecessor("no blank line before the checkpoint");
  auto key = NoteVerifier::parse(text.substr(0, blank));
  if (!key || key->vkey() != text.substr(0, blank)) return not_a_predecessor("its key");
  const std::string_view note = text.substr(blank + 2);
  auto checkpoint = open_checkpoint(note, *key);
  if (!checkpoint) return not_a_predecessor(checkpoint.error().code);
  return Predecessor{std::move(*key), std::string(note), std::move(*checkpoint)};
}

Result<void> check_succession(const VerifiedLog& log, const NoteVerifier& key,
                              const VerifiedLog& next, const NoteVerifier& next_key) {
  const auto seal = log.checkpoint.size == 0 ? not_a_seal("an empty log")
                                             : parse_seal(log.last, key, log.checkpoint.size - 1);
  if (!seal) return fail(Kind::invalid, "not_sealed", seal.error().detail);
  if (seal->successor.vkey() != next_key.vkey())
    return fail(Kind::invalid, "wrong_successor", "it was sealed for another log");
  MINBEN_TRY(predecessor, parse_predecessor(next.first));
  if (predecessor.key.vkey() != key.vkey() || predecessor.checkpoint.size != log.checkpoint.size ||
      predecessor.checkpoint.root != log.checkpoint.root)
    return fail(Kind::invalid, "wrong_predecessor", "it continues another log or another state");
  return {};
}

}  // namespace minben::ledger
