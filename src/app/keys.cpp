// minben keys: which master keys there are, and how a new one takes over. docs/keys.md.
#include <thread>

#include <fmt/core.h>
#include <fmt/ranges.h>

#include "api/webhooks.hpp"
#include "streams/hooks.hpp"
#include "commands.hpp"
#include "identity/identity.hpp"
#include "keys/rotation.hpp"
#include "openid/openid.hpp"
#include "platform.hpp"
#include "with_database.hpp"

namespace minben::app::command {

namespace {

constexpr int batch = 500;
constexpr milliseconds look_again{500};

struct Tools {
  keys::Rotation& rotation;
  std::filesystem::path file;
  const KeysOptions& options;
};

/// Opens database and key file and does `work`, which says the exit status.
template <class Work>
int with_keys(const KeysOptions& options, Work&& work) {
  store::DatabaseConfig settings;
  settings.statement_timeout_ms = minutes{10};  // counting visits every person's row
  return with_database(
      options.config,
      [&](const Config& config, store::Database& database, const Clock& clock) -> Result<int> {
        SystemRandom random;
        const auto file = config.state / master_key_file;
        MINBEN_TRY(loaded, trust::KeyRing::load(file));
        const std::shared_ptr<trust::KeyRing> ring = std::move(loaded);
        // Registers what there is before anything changes.
        MINBEN_TRY(opened, keys::Keys::open(database, clock, random, ring));
        keys::Rotation rotation(database, clock, random, *ring,
                                {identity::subject_keys(), api::webhook_keys(), openid::room_keys(),
                                 mydata::service_provider_keys(), streams::hook_keys()});
        return work(Tools{rotation, file, options});
      },
      settings);
}

void print(const keys::MasterKeyStatus& key) {
  fmt::print("{}  {:14}  since {}{}\n", trust::to_string(key.id), keys::to_string(key.state),
             key.since ? to_string(*key.since) : "-",
             key.in_file ? "" : "  NOT in this machine's file");
  for (const auto& [holder, held] : key.wraps) fmt::print("    wraps {} of {}\n", held, holder);
  for (const std::string& node : key.missing_on) fmt::print("    missing on {}\n", node);
}

/// Whether every running node has the key; waits as long as the operator allows.
Result<bool> all_nodes_have(const Tools& tools, const trust::MasterKeyId& id) {
  const auto until = std::chrono::steady_clock::now() + seconds{tools.options.wait_seconds};
  bool told = false;
  for (;;) {
    MINBEN_TRY(lacking, tools.rotation.nodes_without(id));
    if (lacking.empty()) return true;
    if (std::chrono::steady_clock::now() >= until) {
      fmt::print(stderr,
                 "not active yet: these nodes do not have the master key {}:\n  {}\n"
                 "Copy {} there (mode 0600, beside its name and then renamed), and run this "
                 "command again.\n",
                 trust::to_string(id), fmt::join(lacking, "\n  "), tools.file.string());
      return false;
    }
    if (!std::exchange(told, true)) fmt::print("waiting for {} nodes to read it\n", lacking.size());
    std::this_thread::sleep_for(look_again);
  }
}

Result<void> rewrap_all(const Tools& tools) {
  std::int64_t done = 0;
  keys::Rotation::Progress progress;
  for (;;) {
    MINBEN_TRY(wrapped, tools.rotation.rewrap(batch, progress));
    done += wrapped;
    if (wrapped > 0) continue;
    MINBEN_TRY(remaining, tools.rotation.remaining());
    if (remaining == 0) break;
    std::this_thread::sleep_for(look_again);  // transactions hold these rows
  }
  fmt::print("wrapped {} keys anew\n", done);
  return {};
}

/// A new key unless an earlier rotation waits for its last step, re-wrapping.
Result<bool> activate_next(const Tools& tools) {
  MINBEN_TRY(unfinished, tools.rotation.unfinished());
  if (unfinished) {
    fmt::print("an earlier rotation goes on\n");
    return true;
  }
  MINBEN_TRY(id, tools.rotation.prepare());
  fmt::print("master key {} is in {}\n", trust::to_string(id), tools.file.string());
  MINBEN_TRY(everywhere, all_nodes_have(tools, id));
  if (!everywhere) return false;
  MINBEN_CHECK(tools.rotation.activate(id));
  fmt::print("master key {} is active\n", trust::to_string(id));
  return true;
}

Result<int> rotate(const Tools& tools) {
  MINBEN_TRY(active, activate_next(tools));
  if (!active) return 1;
  MINBEN_CHECK(rewrap_all(tools));
  MINBEN_TRY(keys, tools.rotation.status());
  for (const auto& key : keys)
    if (key.state == keys::State::deactivated)
      fmt::print(
          "master key {} is not needed any more, except for backups of the database from "
          "before: minben keys retire\n",
          trust::to_string(key.id));
  return 0;
}

Result<int> retire(const Tools& tools) {
  std::vector<trust::MasterKeyId> old;
  if (!tools.options.key.empty()) {
    MINBEN_TRY(id, trust::parse_master_key_id(tools.options.key));
    old.push_back(id);
  } else {
    MINBEN_TRY(keys, tools.rotation.status());
    for (const auto& key : keys)
      if (key.state == keys::State::deactivated ||
          (key.state == keys::State::destroyed && key.in_file))
        old.push_back(key.id);
  }
  for (const trust::MasterKeyId& id : old) {
    MINBEN_CHECK(tools.rotation.retire(id));
    fmt::print("master key {} is destroyed and gone from {}\n", trust::to_string(id),
               tools.file.string());
  }
  if (old.empty()) fmt::print("no master key is to be retired\n");
  return 0;
}

}  // namespace

int keys_status(const KeysOptions& options) {
  return with_keys(options, [](const Tools& tools) -> Result<int> {
    MINBEN_TRY(keys, tools.rotation.status());
    for (const auto& key : keys) print(key);
    return 0;
  });
}

int rotate_keys(const KeysOptions& options) { return with_keys(options, rotate); }
int retire_keys(const KeysOptions& options) { return with_keys(options, retire); }

}  // namespace minben::app::command
