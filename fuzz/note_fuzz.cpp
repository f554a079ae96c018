// Signed notes, verifier keys and checkpoints as anybody may hand them to us.
#include "ledger/tlog.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace minben;
  using namespace minben::ledger;
  const std::string_view text = as_text({data, size});
  static const NoteVerifier key =
      NoteVerifier::parse("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")
          .value();
  if (const auto note = parse_note(text)) MINBEN_ASSERT(write_note(*note) == text);  // one spelling
  (void)open_checkpoint(text, key);
  if (const auto checkpoint = parse_checkpoint(text))
    MINBEN_ASSERT(write_checkpoint(*checkpoint) == text);
  if (const auto verifier = NoteVerifier::parse(text))
    MINBEN_ASSERT(NoteVerifier::parse(verifier->vkey()).has_value());
  return 0;
}
