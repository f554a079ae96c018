// minben registry key: the key that signs the exchange's configuration, and how it changes.
// docs/keys.md.
#include <fmt/core.h>

#include "commands.hpp"
#include "config.hpp"
#include "registry/join.hpp"
#include "registry/signing_keys.hpp"

namespace minben::app::command {

namespace {

constexpr hours notice{24};  ///< between announcement and change

void print(std::string_view what, const trust::VerifyKey& key, std::string_view since = {}) {
  fmt::print("{:<10} {}{}{}\n", what, registry::spoken_fingerprint(hex_encode(key.fingerprint())),
             since.empty() ? "" : "  since ", since);
}

Result<void> tell(const std::filesystem::path& directory) {
  MINBEN_TRY(keys, registry::load_signing_keys(directory));
  MINBEN_TRY(announced, registry::announced_signing_key(directory));
  for (const trust::VerifyKey& key : keys.all()) {
    if (key == keys.key.verify_key()) print("signs now", key);
    else if (announced && key == announced->key) print("announced", key, to_string(announced->at));
    else print("earlier", key);
  }
  return {};
}

Result<void> work(const RegistryKeyOptions& options, const Config& config, const Clock& clock) {
  const auto& directory = config.registry_directory;
  if (directory.empty())
    return fail(Kind::invalid, "no_registry", "this platform runs no registry",
                "exchange.registry");
  if (options.act == RegistryKeyOptions::Act::announce) {
    MINBEN_TRY(key,
               registry::announce_signing_key(directory, config.exchange_instance, clock.now()));
    print("announced", key);
    fmt::print(
        "Running nodes publish that within the hour; copy the folder to nodes that have\n"
        "their own. Then, after a day:  minben registry key change\n");
    return {};
  }
  if (options.act == RegistryKeyOptions::Act::change) {
    MINBEN_TRY(key, registry::change_signing_key(directory, options.at_once ? seconds(0) : notice,
                                                 clock.now()));
    print("signs now", key);
    fmt::print(
        "Running nodes sign with it within the hour. Who joins from now on compares this\n"
        "fingerprint; gateways that are in the exchange follow by themselves.\n");
    return {};
  }
  return tell(directory);
}

}  // namespace

int registry_key(const RegistryKeyOptions& options) {
  const auto config = config_or_faults(options.config);
  if (!config) return 2;
  const SystemClock clock;
  const auto done = work(options, *config, clock);
  if (done) return 0;
  fmt::print(stderr, "{}\n", describe(done.error()));
  return done.error().kind == Kind::conflict ? 1 : 2;
}

}  // namespace minben::app::command
