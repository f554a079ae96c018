#include "phones.hpp"

#include <thread>

#include "../files.hpp"

namespace minben::app::demo {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view provider = "minben";
constexpr seconds patience{60};

fs::path secret_of(const fs::path& directory) { return directory / "provider.secret"; }

/// All citizens, the one who has died too: the phone does not know.
std::string owners(const std::vector<Resident>& residents) {
  std::string lines;
  for (const Resident& resident : residents)
    if (resident.is_citizen())
      lines += write_json(JsonObject{{"number", resident.number},
                                     {"name", resident.name_zh},
                                     {"household_number", resident.household_number},
                                     {"health_card", resident.health_card}}) +
               "\n";
  return lines;
}

}  // namespace

Result<std::vector<std::string>> phones_command(const fs::path& directory, const Ports& ports,
                                                const std::vector<Resident>& residents) {
  fs::create_directories(directory);
  const fs::path people = directory / "people.jsonl";
  if (!fs::exists(people)) MINBEN_CHECK(write_file(people, owners(residents)));
  return std::vector<std::string>{(program_directory() / "outside" / "mobile-approval").string(),
                                  "--port",
                                  std::to_string(ports.phones()),
                                  "--people",
                                  people.string(),
                                  "--data",
                                  (directory / "keys").string(),
                                  "--secret-file",
                                  secret_of(directory).string(),
                                  "--provider",
                                  std::string(provider)};
}

Result<MobileApprovalAccess> phones_access(const fs::path& directory, const Ports& ports,
                                           const Clock& clock) {
  MobileApprovalAccess access;
  access.url = fmt::format("http://127.0.0.1:{}", ports.phones());
  access.provider = provider;
  access.secret_file = secret_of(directory);
  access.roots = directory / "keys" / "authority.pem";
  access.list_urls = {access.url + "/phones.crl"};
  access.app_link = fmt::format("http://localhost:{}/verifySign", ports.phones());
  for (const Instant until = clock.now() + patience; !fs::exists(access.roots);) {
    if (clock.now() >= until)
      return fail(Kind::unavailable, "no_phones", "it made no keys; see its log",
                  directory.string());
    std::this_thread::sleep_for(milliseconds{50});
  }
  return access;
}

}  // namespace minben::app::demo
