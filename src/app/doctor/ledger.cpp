// The gateway's ledger on disk.
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <fmt/format.h>

#include "../files.hpp"
#include "doctor.hpp"
#include "ledger/logs.hpp"
#include "ledger/tlog.hpp"
#include "ledger/verify.hpp"

namespace minben::app::doctor {

namespace fs = std::filesystem;

namespace {

/// Tried without making the file: a doctor changes nothing.
bool is_locked(const fs::path& file) {
  const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return false;
  const bool locked = ::flock(descriptor, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
  ::close(descriptor);
  return locked;
}

Finding damaged(const fs::path& folder, const Error& error) {
  const bool other_key = error.code == "unsigned_note" || error.code == "wrong_origin";
  if (other_key)
    return fault("ledger_other_key", folder.string(),
                 fmt::format("It was signed with another key than the one that is here ({}).",
                             describe(error)),
                 "Restore the key that it was begun with; `minben ledger rotate` is the way to "
                 "change it.");
  return fault("ledger_damaged", folder.string(),
               fmt::format("It cannot be rebuilt from its files: {}.", describe(error)),
               "Stop the gateway, keep a copy of the folder as it is, look at the disk (dmesg, "
               "smartctl), and restore the newest backup.");
}

/// The log that is written now: the ledger's first, or the one after its last change of key.
struct Newest {
  fs::path folder, key;
  std::string origin;
};

Newest newest_log(const gateway::GatewayConfig& config) {
  int number = 1;
  std::error_code error;
  const auto folder_of = [&](int of) {
    return config.state_directory / (of == 1 ? "ledger" : fmt::format("ledger-{}", of));
  };
  while (fs::is_directory(folder_of(number + 1), error)) ++number;
  return {
      folder_of(number),
      number == 1 ? config.signing_key : gateway::ledger_key_path(config.state_directory, number),
      ledger::Logs::origin_of(gateway::ledger_origin(config.member), number)};
}

}  // namespace

Finding check_ledger(const gateway::GatewayConfig& config, bool running, std::uint64_t most) {
  const auto& [folder, key_file, origin] = newest_log(config);
  const std::string subject = folder.string();
  std::error_code error;
  if (!fs::exists(folder / "checkpoint", error))
    return fine(subject, "not begun yet: it is at the first start");
  if (!running && is_locked(folder / "lock"))
    return fault("ledger_locked", subject,
                 "Another process has it open, and it is not this gateway as gateway.json has it.",
                 fmt::format("Find it with `fuser {}`; stop it before you start another.",
                             (folder / "lock").string()));
  const auto key = trust::SigningKey::load(key_file);
  if (!key) return fine(subject, "not looked at without its key");
  const auto verifier = ledger::NoteVerifier::make(origin, key->verify_key());
  const auto text = read_file(folder / "checkpoint");
  if (!verifier || !text) return fine(subject, "not looked at");
  const auto checkpoint = ledger::open_checkpoint(*text, *verifier);
  if (!checkpoint) return damaged(folder, checkpoint.error());
  if (checkpoint->size > most)
    return warning("ledger_large", subject,
                   fmt::format("Its {} entries were not all read.", checkpoint->size),
                   fmt::format("`minben ledger verify {} --key {}` reads them all.", subject,
                               verifier->vkey()));
  const auto verified = ledger::verify_directory(folder, verifier->vkey());
  // A gateway that runs may have written between two of our reads.
  if (!verified && running)
    return warning("ledger_in_use", subject, "It changes while the gateway runs and was not read.",
                   "Examine again with the gateway stopped.");
  if (!verified) return damaged(folder, verified.error());
  return fine(subject, fmt::format("{} entries, whole", verified->checkpoint.size));
}

}  // namespace minben::app::doctor
