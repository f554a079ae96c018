// Requests to a witness as anybody may send them; the log's key is known, its signature rarely.
#include <filesystem>

#include "ledger/witness.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace minben;
  using namespace minben::ledger;
  static const VirtualClock clock(parse_instant("2026-11-29T12:00:00Z").value());
  static const NoteVerifier key =
      NoteVerifier::parse("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")
          .value();
  static const auto witness =
      Witness::open(
          std::filesystem::temp_directory_path() / "minben-fuzz-witness",
          Cosigner::make("fuzz", trust::SigningKey::from_ed25519_seed(sha256("fuzz")).value())
              .value(),
          [](std::string_view) { return std::vector{key}; }, clock)
          .value();
  const std::string_view text = as_text({data, size});
  if (const auto request = parse_add_checkpoint(text))
    MINBEN_ASSERT(write_add_checkpoint(*request) == text);
  const auto answer = witness->add_checkpoint(text);
  MINBEN_ASSERT(answer || answer.error().status == 400 || answer.error().status == 403);
  return 0;
}
