#include "signing_keys.hpp"

#include <fstream>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "exchange/handover.hpp"

namespace minben::registry {

namespace {

namespace fs = std::filesystem;

fs::path key_file(const fs::path& directory) { return directory / "registry.key.pem"; }
fs::path next_key_file(const fs::path& directory) { return directory / "registry.next.key.pem"; }
/// A statement a line.
fs::path handover_file(const fs::path& directory) { return directory / "registry.handovers"; }

Result<std::vector<std::string>> read_handovers(const fs::path& directory) {
  std::ifstream in(handover_file(directory), std::ios::binary);
  const std::string text(std::istreambuf_iterator<char>(in), {});
  std::vector<std::string> all = exchange::handovers_in(text);
  for (const std::string& statement : all) MINBEN_CHECK(exchange::read_handover(statement));
  return all;
}

}  // namespace

std::vector<trust::VerifyKey> SigningKeys::all() const {
  if (handovers.empty()) return {key.verify_key()};
  // The statements were read when they were loaded.
  const auto first = exchange::read_handover(handovers.front());
  MINBEN_ASSERT(first.has_value());
  std::vector<trust::VerifyKey> keys{first->from};
  std::ranges::move(exchange::successors(first->from, handovers), std::back_inserter(keys));
  if (std::ranges::find(keys, key.verify_key()) == keys.end()) keys.push_back(key.verify_key());
  return keys;
}

Result<SigningKeys> load_signing_keys(const fs::path& directory) {
  MINBEN_TRY(key, trust::SigningKey::load_or_create(key_file(directory), trust::KeyType::ed25519));
  MINBEN_TRY(handovers, read_handovers(directory));
  return SigningKeys{std::move(key), std::move(handovers)};
}

Result<trust::VerifyKey> announce_signing_key(const fs::path& directory, std::string_view instance,
                                              Instant at) {
  MINBEN_TRY(known, load_signing_keys(directory));
  MINBEN_TRY(before, announced_signing_key(directory));
  if (before)
    return fail(Kind::conflict, "key_announced", "change to it first",
                next_key_file(directory).string());
  if (known.handovers.size() >= exchange::max_handovers)
    return fail(Kind::conflict, "too_many_handovers",
                fmt::format("at most {}: let gateways compare a fingerprint anew",
                            exchange::max_handovers));
  // One that was made before, when the statement could not be written.
  MINBEN_TRY(next,
             trust::SigningKey::load_or_create(next_key_file(directory), trust::KeyType::ed25519));
  MINBEN_TRY(handover, exchange::sign_handover(instance, known.key, next, at));
  known.handovers.push_back(handover);
  std::string text;
  for (const std::string& each : known.handovers) text += each + "\n";
  MINBEN_CHECK(trust::write_secret_file(handover_file(directory), text));
  return next.verify_key();
}

Result<std::optional<AnnouncedKey>> announced_signing_key(const fs::path& directory) {
  MINBEN_TRY(known, load_signing_keys(directory));
  if (known.handovers.empty()) return std::nullopt;
  MINBEN_TRY(last, exchange::read_handover(known.handovers.back()));
  if (!(last.from == known.key.verify_key())) return std::nullopt;
  return AnnouncedKey{std::move(last.to), last.at};
}

Result<trust::VerifyKey> change_signing_key(const fs::path& directory, seconds notice,
                                            Instant now) {
  MINBEN_TRY(announced, announced_signing_key(directory));
  if (!announced)
    return fail(Kind::conflict, "nothing_announced", "announce a key first", directory.string());
  if (now < announced->at + notice)
    return fail(Kind::conflict, "announced_lately",
                fmt::format("since {}; wait until {}", to_string(announced->at),
                            to_string(announced->at + notice)));
  MINBEN_TRY(next, trust::SigningKey::load(next_key_file(directory)));
  if (!(next.verify_key() == announced->key))
    return fail(Kind::conflict, "nothing_announced", "another key than the one announced",
                next_key_file(directory).string());
  std::error_code error;
  fs::rename(next_key_file(directory), key_file(directory), error);
  if (error)
    return fail(Kind::unavailable, "cannot_write_file", error.message(),
                key_file(directory).string());
  return next.verify_key();
}

SigningKeyFolder::SigningKeyFolder(fs::path directory, SigningKeys keys)
    : directory_(std::move(directory)),
      read_at_(stamp()),
      keys_(std::make_shared<const SigningKeys>(std::move(keys))) {}

Result<std::unique_ptr<SigningKeyFolder>> SigningKeyFolder::open(fs::path directory) {
  MINBEN_TRY(keys, load_signing_keys(directory));
  return std::unique_ptr<SigningKeyFolder>(
      new SigningKeyFolder(std::move(directory), std::move(keys)));
}

SigningKeyFolder::Stamp SigningKeyFolder::stamp() const {
  std::error_code ignored;  // of a file that is not there: the earliest time there is
  return {fs::last_write_time(key_file(directory_), ignored),
          fs::last_write_time(handover_file(directory_), ignored)};
}

std::shared_ptr<const SigningKeys> SigningKeyFolder::current() const {
  const std::lock_guard lock(mutex_);
  const Stamp now = stamp();
  if (now == read_at_) return keys_;
  auto keys = load_signing_keys(directory_);
  if (!keys) {
    spdlog::error("registry: {}", describe(keys.error()));
    return keys_;
  }
  read_at_ = now;
  keys_ = std::make_shared<const SigningKeys>(std::move(*keys));
  return keys_;
}

}  // namespace minben::registry
