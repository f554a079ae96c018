#include "ledger/logs.hpp"

#include <spdlog/spdlog.h>

#include "ledger/succession.hpp"

namespace minben::ledger {

std::string Logs::origin_of(std::string_view origin, int number) {
  return number == 1 ? std::string(origin) : fmt::format("{}/{}", origin, number);
}

class Logs::Shelf {
 public:
  virtual ~Shelf() = default;
  /// not_found when there is none.
  [[nodiscard]] virtual Result<std::unique_ptr<Log>> read(int number,
                                                          const std::string& origin) const = 0;
  virtual Result<std::unique_ptr<Log>> write(int number, const std::string& origin,
                                             trust::SigningKey key) = 0;

  class Database;
  class Directory;
};

class Logs::Shelf::Database final : public Shelf {
 public:
  Database(store::Database& database, const LogLimits& limits)
      : database_(database), limits_(limits) {}
  Result<std::unique_ptr<Log>> read(int, const std::string& origin) const override {
    return Log::read_in(database_, origin);
  }
  Result<std::unique_ptr<Log>> write(int, const std::string& origin,
                                     trust::SigningKey key) override {
    return Log::open_in(database_, origin, std::move(key), limits_);
  }

 private:
  store::Database& database_;
  const LogLimits limits_;
};

class Logs::Shelf::Directory final : public Shelf {
 public:
  Directory(std::filesystem::path directory, const LogLimits& limits)
      : directory_(std::move(directory)), limits_(limits) {}
  Result<std::unique_ptr<Log>> read(int number, const std::string&) const override {
    return Log::read(of(number));
  }
  Result<std::unique_ptr<Log>> write(int number, const std::string& origin,
                                     trust::SigningKey key) override {
    return Log::open(of(number), origin, std::move(key), limits_);
  }

 private:
  [[nodiscard]] std::filesystem::path of(int number) const {
    if (number == 1) return directory_;
    return fmt::format("{}-{}", directory_.string(), number);
  }

  const std::filesystem::path directory_;
  const LogLimits limits_;
};

std::string Logs::path_of(int number) {
  return number == 1 ? std::string() : fmt::format("/{}", number);
}

Logs::Logs(std::unique_ptr<Shelf> shelf, std::string_view origin, KeyOf keys)
    : shelf_(std::move(shelf)), origin_(origin), keys_(std::move(keys)) {}
Logs::Logs(Log& only) : all_{&only} {}
Logs::~Logs() = default;

Result<std::unique_ptr<Logs>> Logs::open_on(std::unique_ptr<Shelf> shelf, std::string_view origin,
                                            KeyOf keys) {
  std::unique_ptr<Logs> logs(new Logs(std::move(shelf), origin, std::move(keys)));
  MINBEN_CHECK(logs->follow());
  if (!logs->writes_) return fail(logs->keys_(logs->current().first).error());
  return logs;
}

Result<std::unique_ptr<Logs>> Logs::open(store::Database& database, std::string_view origin,
                                         KeyOf keys, const LogLimits& limits) {
  return open_on(std::make_unique<Shelf::Database>(database, limits), origin, std::move(keys));
}

Result<std::unique_ptr<Logs>> Logs::open(const std::filesystem::path& directory,
                                         std::string_view origin, KeyOf keys,
                                         const LogLimits& limits) {
  return open_on(std::make_unique<Shelf::Directory>(directory, limits), origin, std::move(keys));
}

std::pair<int, Log*> Logs::current() const {
  const std::lock_guard guard(mutex_);
  return {static_cast<int>(all_.size()), all_.back()};
}

Result<Log*> Logs::log(int number) const {
  const auto known = [&]() -> Log* {
    const std::lock_guard guard(mutex_);
    const auto at = static_cast<std::size_t>(number) - 1;
    return number >= 1 && at < all_.size() ? all_[at] : nullptr;
  };
  Log* found = known();
  if (found == nullptr) {
    MINBEN_CHECK(follow());
    found = known();
  }
  if (found != nullptr) return found;
  return fail(Kind::not_found, "no_such_log", "the ledger has no such log", std::to_string(number));
}

std::string Logs::vkeys() const {
  const std::lock_guard guard(mutex_);
  std::string lines;
  for (const Log* log : all_) lines += log->vkey() + "\n";
  return lines;
}

Result<void> Logs::follow() const {
  const std::lock_guard guard(mutex_);
  MINBEN_CHECK(follow_locked());
  return {};
}

Result<bool> Logs::follow_locked() const {
  if (!shelf_) return false;
  bool begun = false;
  while (all_.empty() || !writes_ || all_.back()->sealed()) {
    const bool again = !all_.empty() && !all_.back()->sealed();  // its key was not here
    const int number = static_cast<int>(all_.size()) + (again ? 0 : 1);
    MINBEN_TRY(held, open_log(number));
    if (number > 1 && held.writes && held.log->size() == 0) {
      MINBEN_CHECK(begin_after(*all_[static_cast<std::size_t>(number) - 2], *held.log));
      begun = true;
    }
    if (!again) all_.push_back(nullptr);
    else if (!held.writes) return begun;
    all_.back() = held.log.get();
    writes_ = held.writes;
    owned_.push_back(std::move(held.log));
    if (number > 1) spdlog::info("ledger: goes on in {}", all_.back()->origin());
    if (!writes_ && !all_.back()->sealed()) return begun;
  }
  return begun;
}

Result<Logs::Held> Logs::open_log(int number) const {
  const std::string origin = origin_of(origin_, number);
  auto reader = shelf_->read(number, origin);
  if (!reader && reader.error().kind != Kind::not_found) return fail(reader.error());
  if (reader && (*reader)->sealed()) return Held{std::move(*reader), false};
  auto key = keys_(number);
  if (!key && reader && key.error().kind == Kind::not_found) return Held{std::move(*reader), false};
  if (!key) return fail(key.error());
  MINBEN_TRY(verifier, NoteVerifier::make(origin, key->verify_key()));
  const auto promised =
      number > 1 ? all_[static_cast<std::size_t>(number) - 2]->sealed() : std::optional<Seal>();
  if ((reader && (*reader)->vkey() != verifier.vkey()) ||
      (promised && promised->successor.vkey() != verifier.vkey()))
    return fail(Kind::conflict, "wrong_ledger_key",
                "the key that is here is not the one that signs this log", origin);
  MINBEN_TRY(log, shelf_->write(number, origin, std::move(*key)));
  return Held{std::move(log), true};
}

Policy with_successors(Policy policy, const Logs& logs) {
  const auto names = [&](const NoteVerifier& key) {
    return std::ranges::any_of(
        policy.logs, [&](const Policy::Log& one) { return one.key.vkey() == key.vkey(); });
  };
  for (int number = 1; number < logs.current().first; ++number) {
    const auto before = logs.log(number), after = logs.log(number + 1);
    if (before && after && names((*before)->key()) && !names((*after)->key()))
      policy.logs.push_back({(*after)->key(), {}});
  }
  return policy;
}

Result<int> Logs::begin_successor() {
  const std::lock_guard guard(mutex_);
  MINBEN_TRY(finished, follow_locked());
  const int number = static_cast<int>(all_.size());
  if (finished) return number;
  MINBEN_TRY(key, keys_(number + 1));
  MINBEN_TRY(next, NoteVerifier::make(origin_of(origin_, number + 1), key.verify_key()));
  MINBEN_CHECK(all_.back()->seal(next));
  MINBEN_CHECK(follow_locked());
  return static_cast<int>(all_.size());
}

}  // namespace minben::ledger
