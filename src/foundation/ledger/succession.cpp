#include "ledger/succession.hpp"

namespace minben::ledger {

namespace {

/// The newest checkpoint as the log alone signed it: the same for whoever reads it.
std::string own_note(const Log& log) {
  auto note = parse_note(log.checkpoint());
  MINBEN_ASSERT(note.has_value());  // our own log wrote it
  const NoteVerifier& key = log.key();
  std::erase_if(note->signatures, [&](const NoteSignature& line) {
    return line.name != key.name() || line.key_id != key.key_id();
  });
  return write_note(*note);
}

Result<std::string> vkey_of(const trust::SigningKey& key, std::string_view origin, int number) {
  MINBEN_TRY(verifier, NoteVerifier::make(Logs::origin_of(origin, number), key.verify_key()));
  return verifier.vkey();
}

}  // namespace

Result<void> begin_after(const Log& sealed, Log& successor) {
  const Bytes first = write_predecessor(sealed.key(), own_note(sealed));
  if (successor.size() == 0) MINBEN_CHECK(successor.append(first));
  MINBEN_TRY(there, successor.entry(0));
  if (there == first) return {};
  return fail(Kind::conflict, "wrong_predecessor", "the successor begins otherwise",
              successor.origin());
}

Logs::KeyOf keys_in(KeyFile file_of) {
  return [file_of = std::move(file_of)](int number) -> Result<trust::SigningKey> {
    const std::filesystem::path file = file_of(number);
    if (std::filesystem::exists(file)) return trust::SigningKey::load(file);
    return fail(Kind::not_found, "no_ledger_key",
                "copy the key from where the others of this ledger are", file.string());
  };
}

Result<std::vector<std::string>> vkeys_in(const KeyFile& file_of, std::string_view origin,
                                          int first) {
  std::vector<std::string> vkeys;
  for (int number = first; std::filesystem::exists(file_of(number)); ++number) {
    MINBEN_TRY(key, trust::SigningKey::load(file_of(number)));
    MINBEN_TRY(vkey, vkey_of(key, origin, number));
    vkeys.push_back(std::move(vkey));
  }
  return vkeys;
}

Result<std::string> prepare_key(const KeyFile& file_of, std::string_view origin, int number) {
  MINBEN_TRY(key, trust::SigningKey::load_or_create(file_of(number), trust::KeyType::ed25519));
  return vkey_of(key, origin, number);
}

}  // namespace minben::ledger
