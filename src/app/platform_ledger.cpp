// The platform's ledger: in its database, with the keys beside the others of a node.
#include <spdlog/spdlog.h>

#include "ledger/succession.hpp"
#include "platform.hpp"

namespace minben::app {

namespace {

namespace fs = std::filesystem;

/// What an earlier version kept in files. Those stay, under another name.
Result<void> take_directory(const fs::path& directory, const trust::SigningKey& key,
                            store::Database& database) {
  if (!fs::exists(directory / "committed" / "checkpoint")) return {};
  {
    MINBEN_TRY(log, ledger::Log::open(directory, ledger_origin, key));
    MINBEN_CHECK(ledger::adopt(database, *log));
    spdlog::info("ledger: {} entries were taken into the database", log->size());
  }
  std::error_code error;
  fs::rename(directory, directory.string() + ".adopted", error);
  if (error) return fail(Kind::internal, "not_renamed", error.message(), directory.string());
  return {};
}

}  // namespace

fs::path ledger_key_path(const fs::path& state, int number) {
  return state / (number == 1 ? "ledger.key.pem" : fmt::format("ledger-{}.key.pem", number));
}

Result<std::unique_ptr<ledger::Logs>> open_platform_ledger(const Config& config,
                                                           store::Database& database) {
  const auto there = ledger::Log::read_in(database, ledger_origin);
  if (!there && there.error().kind != Kind::not_found) return fail(there.error());
  if (!there) {
    MINBEN_TRY(key, trust::SigningKey::load_or_create(ledger_key_path(config.state, 1),
                                                      trust::KeyType::ed25519));
    MINBEN_CHECK(take_directory(config.state / "ledger", key, database));
  }
  const auto file_of = [state = config.state](int number) {
    return ledger_key_path(state, number);
  };
  return ledger::Logs::open(database, ledger_origin, ledger::keys_in(file_of));
}

}  // namespace minben::app
