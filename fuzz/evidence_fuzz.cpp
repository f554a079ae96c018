// Containers of evidence from anybody, and the texts in them. Nobody here holds a key, so nothing
// may be proven; what is read has one spelling.
#include "evidence_parts.hpp"
#include "exchange/holders.hpp"
#include "trust/cades.hpp"

namespace {

using namespace minben;
using namespace minben::exchange;

/// With somebody to believe, so that lists, answers and holders are looked at as well.
const EvidenceTrust& somebody() {
  static const EvidenceTrust trust = [] {
    const SystemClock clock;
    EvidenceTrust made{.roots = {trust::Authority::create("Own", 30, clock)->certificate().pem}};
    made.outside_roots = {trust::Authority::create("Outside", 30, clock)->certificate().pem};
    made.registry_keys = {trust::SigningKey::generate(trust::KeyType::ed25519).verify_key()};
    return made;
  }();
  return trust;
}

/// The same bytes as the parts of a container, a line with '=' and a name before each, so that the
/// parsers behind the ZIP file's CRCs are reached.
void check_parts(std::string_view text) {
  std::vector<ZipEntry> entries;
  for (std::size_t at = text.find('='); at < text.size() && entries.size() < max_parts;) {
    const std::size_t line = std::min(text.find('\n', at), text.size());
    const std::size_t next = std::min(text.find("\n=", line), text.size());
    const std::string name(text.substr(at + 1, line - at - 1));
    const std::size_t begin = std::min(line + 1, next);
    if (!name.empty() && name.find('\0') == name.npos)
      entries.push_back({name, std::string(text.substr(begin, next - begin))});
    at = next + 1;
  }
  const auto written = write_zip(entries);
  if (!written) return;  // a name twice
  const auto report = verify_evidence(*written, somebody());
  MINBEN_ASSERT(!report || !report->proven());
}

/// Whose a certificate is, three texts with an empty line between them.
void check_holder(std::string_view text) {
  if (const auto holder = read_seal_holder(text)) MINBEN_ASSERT(write_seal_holder(*holder) == text);
  if (const auto said = read_holders_statement(text))
    MINBEN_ASSERT(write_holders_statement(*said) == text);
  const std::size_t first = text.find("\n\n"), last = text.rfind("\n\n");
  if (first == text.npos || first == last) return;
  const std::string_view holder = text.substr(0, first + 1);
  const std::string_view path = text.substr(first + 2, last - first - 1);
  const auto proof = read_holder_proof(holder, path, text.substr(last + 2));
  if (proof) MINBEN_ASSERT(write_seal_holder(proof->holder) == holder);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = as_text({data, size});
  const auto report = verify_evidence(text, {});
  MINBEN_ASSERT(!report || !report->proven());
  const auto believed = verify_evidence(text, somebody());
  MINBEN_ASSERT(!believed || !believed->proven());
  check_parts(text);
  check_holder(text);
  MINBEN_ASSERT(!trust::verify_cades({data, size}, {}).has_value());
  if (const auto statement = read_statement(text))
    MINBEN_ASSERT(write_statement(*statement) == text);
  if (const auto path = read_path(text)) MINBEN_ASSERT(write_path(*path) == text);
  if (const auto entry = read_ledger_entry(text)) MINBEN_ASSERT(write_ledger_entry(*entry) == text);
  static_cast<void>(read_evidence_record(text));
  return 0;
}
