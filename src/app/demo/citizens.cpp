#include "citizens.hpp"

#include <thread>

#include "../files.hpp"
#include "trust/trust.hpp"

namespace minben::app::demo {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t card_holders = 4;
constexpr seconds patience{60};

std::string url_of(const Ports& ports) {
  return fmt::format("http://127.0.0.1:{}", ports.citizen_authority());
}

/// Household numbers are for people who try it, to whom the register would send a certificate.
std::string holders(const std::vector<Resident>& residents) {
  std::string lines;
  std::size_t count = 0;
  // Not the first of the list, who has died.
  for (std::size_t i = 1; i < residents.size() && count < card_holders; ++i) {
    const Resident& resident = residents[i];
    if (!resident.is_citizen()) continue;
    ++count;
    lines += write_json(JsonObject{{"number", resident.number},
                                   {"name", resident.name_zh},
                                   {"household_number", resident.household_number}}) +
             "\n";
  }
  return lines;
}

}  // namespace

Result<std::vector<std::string>> citizen_authority_command(const fs::path& directory,
                                                           const Ports& ports,
                                                           const std::vector<Resident>& residents) {
  fs::create_directories(directory);
  const fs::path people = directory / "people.jsonl";
  if (!fs::exists(people)) MINBEN_CHECK(write_file(people, holders(residents)));
  return std::vector<std::string>{(program_directory() / "outside" / "citizen-authority").string(),
                                  "serve",
                                  "--data",
                                  directory.string(),
                                  "--port",
                                  std::to_string(ports.citizen_authority()),
                                  "--url",
                                  url_of(ports),
                                  "--people",
                                  people.string()};
}

Result<CitizenAuthorities> citizen_authorities(const fs::path& directory, const fs::path& platform,
                                               const Ports& ports, const Clock& clock) {
  CitizenAuthorities made;
  made.roots = directory / "root.pem";
  made.intermediates = directory / "issuing.pem";  // written last
  for (const Instant until = clock.now() + patience; !fs::exists(made.intermediates);) {
    if (clock.now() >= until)
      return fail(Kind::unavailable, "no_citizen_authority", "it made no keys; see its log",
                  directory.string());
    std::this_thread::sleep_for(milliseconds{50});
  }
  made.list_urls = {url_of(ports) + "/citizens.crl"};
  made.root_list_urls = {url_of(ports) + "/root.crl"};
  // Cards name the address that the authority had when they were made.
  made.ocsp_url = url_of(ports) + "/ocsp";
  made.card_port = ports.cards();
  made.card_origin = fmt::format("https://localhost:{}", ports.cards());
  made.card_certificate = platform / "cards.pem";
  made.card_key = platform / "cards.key.pem";
  MINBEN_TRY(authority, trust::Authority::load_or_create(platform / "cards-authority",
                                                         "Demonstration web", clock));
  MINBEN_TRY(key, trust::SigningKey::load_or_create(made.card_key, trust::KeyType::p256));
  const trust::CertificateRequest request{.common_name = "localhost", .for_client = false};
  MINBEN_TRY(certificate, authority.issue(key.verify_key(), request, clock));
  MINBEN_CHECK(write_file(made.card_certificate, certificate.pem));
  return made;
}

}  // namespace minben::app::demo
